// Les mots du fil : modifier et effacer, ce qui est clos pour de bon, et ceux qui répondent en même temps.

import { plural, type Words } from '../../../i18n';
import type { en } from './en';

const count = (n: number, one: string, other: string) => plural('fr', n, { one, other });

const fr: Words<typeof en> = {
  redact: {
    title: 'Effacer ce message ?',
    intro: 'Son texte et ses fichiers quittent le hub pour de bon, pour tout le monde. C’est irréversible.',
    confirm: 'Effacer',
  },
  edit: {
    intro: 'Possible pendant 15 minutes. Le demandeur voit le nouveau texte, marqué comme modifié.',
    noteIntro: 'Possible pendant 15 minutes. Visible des agents seuls.',
  },
  closed: {
    opensAnother: (name) => `Si ${name} écrit, un autre ticket s’ouvre.`,
    willOpenAnother: (name, time) => `Si ${name} écrit après ${time}, un autre ticket s’ouvre.`,
  },
  unseen: (name) => `${name} n’est pas visible depuis ce serveur`,
  meanwhile: {
    also: (names, n) => count(n, `${names} écrit aussi une réponse`, `${names} écrivent aussi des réponses`),
    title: (name) => `${name} a répondu entre-temps`,
    intro: (time) =>
      `À ${time}, après que vous avez commencé à écrire. Votre texte est gardé dans tous les cas.`,
    send: 'Envoyer quand même',
    look: 'Regarder d’abord',
  },
};

export default fr;
