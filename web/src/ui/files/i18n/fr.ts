// Les mots des fichiers en français.
import { plural, type Words } from '../../../i18n';
import type { en } from './en';

const fr: Words<typeof en> = {
  attach: 'Joindre des fichiers',
  choose: 'Choisir des fichiers',
  photo: 'Prendre une photo',
  limits: (count, size) => `Jusqu’à ${count} fichiers de ${size} au plus`,
  other_ways: 'Les coller ou les déposer fonctionne aussi.',
  drop: 'Déposez les fichiers ici',
  drop_reply: 'Ils partent avec votre message.',
  drop_note: 'Ils partent avec la note ; seuls les agents les voient.',
  tray: 'Fichiers de ce message',
  progress: (name) => `Envoi de ${name}`,
  percent: (percent, size) => `${percent} de ${size}`,
  waiting: 'En attente de la connexion',
  queued: 'En attente de son tour',
  held: 'Part avec votre demande',
  up: 'Prêt',
  failed: 'Non envoyé',
  cancel: (name) => `Annuler ${name}`,
  remove: (name) => `Retirer ${name}`,
  retry: (name) => `Renvoyer ${name}`,
  retry_short: 'Réessayer',
  removed: (name) => `${name} a été retiré.`,
  is_up: (name) => `${name} est prêt.`,
  not_sent: (name) => `${name} n’est pas parti.`,
  too_large: (name, size) => `${name} est trop volumineux : un fichier peut avoir ${size} au plus.`,
  too_many: (count) =>
    plural('fr', count, {
      one: 'Un message porte un seul fichier.',
      other: `Un message porte au plus ${count} fichiers.`,
    }),
  folder: 'Un dossier ne peut pas être envoyé ; choisissez ses fichiers.',
  file: 'Fichier',
  picture: 'Image',
  download: 'Télécharger',
  not_shown: 'Cette image ne peut plus être affichée.',
  viewer: 'Images de cette conversation',
  previous: 'Image précédente',
  next: 'Image suivante',
  close: 'Fermer',
  of: (n, count) => `${n} sur ${count}`,
  lost: 'Un fichier de ce message n’est plus dans ce navigateur. Supprimez le message et joignez le fichier à nouveau.',
  request_label: 'Captures d’écran et autres fichiers',
};

export default fr;
