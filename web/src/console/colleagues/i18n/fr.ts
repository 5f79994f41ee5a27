// Les mots de la présence des collègues, en français.

import type { Words } from '../../../i18n';
import type { en } from './en';

const fr = {
  title: 'Collègues',
  standing: { online: 'en ligne', away: 'Absent', offline: 'hors ligne' },
  away: 'Absent',
  toAway: 'Se déclarer absent',
  toAvailable: 'Se déclarer disponible',
  scope: 'Présence connue pour ce serveur seulement',
  scopeMeaning: 'D’autres sont peut-être connectés à un autre.',
  notSeen: 'non visible',
  told: { away: 'Vous êtes absent. Vos collègues le voient.', available: 'Vous êtes disponible.' },
} satisfies Words<typeof en>;

export default fr;
