// The catalogue of the places that links lead to: apart from the conversation's, so that each language stays small.
import { catalogue } from '../../i18n';
import type { en } from './en';

export const words = catalogue<typeof en>(() => import('./en'), { fr: () => import('./fr') });
