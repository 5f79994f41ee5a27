// Les mots autour des mentions, en français.

import type { Words } from '../../../i18n';
import type { en } from './en';

const fr = {
  mention: 'Mentionner un collègue',
  offered: (n) => (n === 1 ? '1 collègue proposé' : `${n} collègues proposés`),
  cannotSee: 'ne voit pas ce ticket',
  mentioned: 'Vous mentionne, non lu',
  news: (unread) => `Un collègue vous mentionne ; mentions non lues : ${unread}`,
  emptyHint: 'Les notes où un collègue écrit @ et votre nom apparaissent ici.',
  cannotSeeTold: (name) => `${name} ne voit pas ce ticket`,
} satisfies Words<typeof en>;

export default fr;
