// The words of everything but the console, in the page's language: `words.value.composer.send`.

import type { Catalog } from './en';
import { catalogue } from './index';

export const words = catalogue<Catalog>(() => import('./en'), { fr: () => import('./fr') });
