// Les mots du tri en français.

import type { Words } from '../../../i18n';
import type { en } from './en';

const fr = {
  priority: 'Priorité',
  setPriority: 'Fixer la priorité',
  findPriority: 'Basse, normale, haute ou urgente',
  tags: 'Étiquettes',
  editTags: 'Étiqueter le ticket',
  findTag: 'Chercher une étiquette, ou en nommer une',
  createTag: (name) => `Créer « ${name} »`,
  noTags: 'Pas encore d’étiquette. Tapez un nom pour en créer une.',
  addTag: 'Ajouter une étiquette',
  removeTag: (name) => `Retirer l’étiquette ${name}`,
  tagsHint: (most) => `Entrée pose ou retire une étiquette. ${most} au plus.`,
  snooze: 'Mettre de côté',
  snoozeUntil: 'Mettre de côté jusqu’à',
  snoozed: 'Mis de côté',
  wake: 'Reprendre maintenant',
  times: {
    hour: 'Dans 1 heure',
    evening: 'Ce soir',
    tomorrow: 'Demain',
    monday: 'Lundi',
  },
  exact: 'Date et heure',
  set: 'Mettre de côté',
  past: 'Choisissez un moment à venir, d’ici un an.',
  snoozeHint: 'Il revient de lui-même à ce moment, ou aussitôt que le demandeur écrit.',
  done: 'Terminé',
  bulk: {
    bar: 'Tickets sélectionnés',
    selected: (n) => (n < 2 ? `${n} sélectionné` : `${n} sélectionnés`),
    all: 'Tout sélectionner',
    allLoaded: 'Sélectionner tous les affichés',
    assign: 'Attribuer',
    solve: 'Résoudre',
    clear: 'Effacer la sélection',
    done: (n) => (n < 2 ? `${n} ticket modifié.` : `${n} tickets modifiés.`),
    refused: (number, why) => `#${number} : ${why}`,
    nothing: 'Il n’y avait rien à changer.',
    undo: 'Annuler',
    undone: (n, left) =>
      left === 0 ? `Annulé (${n}).` : `Annulé (${n}). ${left} ont changé depuis et restent tels quels.`,
  },
  event: {
    priority: (who, to) => `${who} a fixé la priorité : ${to}`,
    tagged: (who, names) => `${who} a ajouté ${names}`,
    untagged: (who, names) => `${who} a retiré ${names}`,
    retagged: (who, added, removed) => `${who} a ajouté ${added} et retiré ${removed}`,
    snoozed: (who, until) => `${who} l’a mis de côté jusqu’à ${until}`,
    woken: (who) => `${who} l’a repris`,
    wokenByTime: 'De retour après la mise de côté',
  },
} satisfies Words<typeof en>;

export default fr;
