// The catalogue of files: it comes with a conversation, so that the first load stays small.
import { catalogue } from '../../../i18n';
import type { en } from './en';

export const words = catalogue<typeof en>(() => import('./en'), { fr: () => import('./fr') });
