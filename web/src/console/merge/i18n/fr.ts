// Les mots de la fusion.

import { plural, type Words } from '../../../i18n';
import type { en } from './en';

const fr: Words<typeof en> = {
  title: 'Fusionner avec un autre ticket',
  intro: (who) => `Choisissez un autre ticket de ${who}, ou saisissez son numéro.`,
  find: 'Numéro ou objet',
  none: 'Aucun autre ticket ne correspond',
  sure: 'Fusionner ces tickets ?',
  closes: 'Se clôt et renvoie vers l’autre',
  lives: 'Continue',
  warning: 'Le ticket clos reste lisible, et plus personne ne peut y écrire. C’est irréversible.',
  confirm: (number) => `Fusionner avec le nº ${number}`,
  goesOn: (number) => `Ce ticket a été fusionné. Il continue dans le nº ${number}.`,
  openIt: (number) => `Ouvrir le nº ${number}`,
  sentOn: (n) => plural('fr', n, { one: `${n} texte y est envoyé.`, other: `${n} textes y sont envoyés.` }),
  goesThere: (number) => `Part dans le nº ${number}`,
  event: {
    merged_into: (who) => `${who} a fusionné ce ticket. Il continue dans`,
    merged_from: (who) => `${who} a fusionné un autre ticket avec celui-ci :`,
    continued_in: (who) => `${who} a réécrit. Ce ticket continue dans`,
    continues: () => 'Suite de',
  },
};

export default fr;
