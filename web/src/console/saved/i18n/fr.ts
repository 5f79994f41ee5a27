// Les mots des vues enregistrées en français.
import type { Words } from '../../../i18n';
import type { en } from './en';

const fr = {
  newView: 'Nouvelle vue',
  change: (name) => `Modifier « ${name} »`,
  name: 'Nom',
  sharing: 'Pour tout le site',
  status: 'État',
  priority: 'Priorité',
  teams: 'Équipes',
  topics: 'Sujets',
  assignee: 'Attribué à',
  anybody: 'N’importe qui',
  me: 'Celui qui regarde',
  nobody: 'Personne',
  tags: 'Étiquettes',
  tagsHint: 'Plusieurs, séparées par des virgules ; un ticket les a toutes.',
  waiting: 'Attend une réponse',
  waits: {
    any: 'Ou non',
    15: 'Depuis 15 minutes',
    60: 'Depuis 1 heure',
    240: 'Depuis 4 heures',
    1440: 'Depuis 1 jour',
  },
  snoozed: 'Mis de côté',
  snoozes: { any: 'Ou non', no: 'Pas mis de côté', yes: 'Mis de côté' },
  earlier: 'Monter',
  later: 'Descendre',
  remove: 'Supprimer',
  removed: (name) => `La vue « ${name} » n’est plus là.`,
} satisfies Words<typeof en>;

export default fr;
