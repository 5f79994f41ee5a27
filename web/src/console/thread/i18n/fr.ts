// Les mots pour modifier et effacer.

import type { Words } from '../../../i18n';
import type { en } from './en';

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
};

export default fr;
