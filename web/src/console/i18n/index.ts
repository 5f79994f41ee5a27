// The console's catalogue: English in the page, other languages as chunks of their own.
import { catalogue } from '../../i18n';
import { en } from './en';

export const words = catalogue<typeof en>(en, { fr: () => import('./fr') });
