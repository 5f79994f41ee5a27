// The catalogue of drafts on several devices: apart from the console's, so that each language stays a small chunk.
import { catalogue } from '../../../i18n';
import { en } from './en';

export const words = catalogue<typeof en>(en, { fr: () => import('./fr') });
