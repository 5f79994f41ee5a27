// Les mots des brouillons sur plusieurs appareils.

import type { Words } from '../../../i18n';
import type { en } from './en';

const fr: Words<typeof en> = {
  title: 'Vous avez écrit autre chose sur un autre appareil',
  take: 'L’ajouter à ce texte',
  leave: 'L’abandonner',
};

export default fr;
