// Les mots des pages d’entrée en français.
import type { Words } from '../../../i18n';
import type { en } from './en';

const fr = {
  signIn: 'Se connecter',
  signInTo: (site) => `Connexion à ${site}`,
  intro: 'Pour les agents. Les clients trouvent leurs demandes sur le site lui-même.',
  email: 'Adresse e-mail',
  password: 'Mot de passe',
  name: 'Votre nom',
  nameHint: 'Les clients le voient à côté de vos réponses.',
  passwordHint: (least) => `Au moins ${least} caractères. Quelques mots simples conviennent.`,
  expired:
    'Votre connexion a expiré. Reconnectez-vous pour reprendre où vous étiez ; vos textes sont gardés.',
  signedOut: 'Vous êtes déconnecté.',
  linkGone: 'Ce lien ne fonctionne plus',
  linkGoneIntro: 'Il a servi, a expiré ou n’a pas été copié en entier. Un admin peut en créer un nouveau.',
  toSignIn: 'Aller à la connexion',
  firstAdmin: 'Créer le premier admin',
  firstAdminIntro: 'Ce compte s’occupe du hub : agents, équipes et tickets.',
  invite: (name) => `Bienvenue, ${name}`,
  inviteIntro: (site) =>
    `Vous êtes invité à répondre pour ${site}. Choisissez un mot de passe pour commencer.`,
  reset: 'Choisir un nouveau mot de passe',
  resetIntro: (email) => `Pour ${email}. Vos autres connexions prennent fin.`,
  create: 'Créer le compte',
  begin: 'Commencer',
  setPassword: 'Définir le mot de passe',
} satisfies Words<typeof en>;

export default fr;
