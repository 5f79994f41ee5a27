// The words of everything but the console, in the page's language: `words.value.composer.send`.

import { type Catalog, en } from './en';
import { catalogue } from './index';

export const words = catalogue<Catalog>(en, { fr: () => import('./fr') });
