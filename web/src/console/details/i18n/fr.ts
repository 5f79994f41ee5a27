// Les mots des alertes et des accès.
import type { Words } from '../../../i18n';
import type { en } from './en';

const fr = {
  route: {
    title: (name) => `Si ${name} part`,
    live: 'En direct sur sa page',
    present: {
      attending: 'Regarde la demande en ce moment',
      online: 'Présent, mais regarde ailleurs',
      offline: 'Pas là en ce moment',
    },
    unseen: 'Pas visible depuis ce serveur ; connecté à un autre, peut-être',
    mail: (quiet) => `Alerte par e-mail après ${quiet}`,
    cap: (cap) => `Au plus ${cap} après le premier message non lu`,
    noContent: 'Lien sécurisé, aucun texte du message',
    local: 'Aucun serveur de courrier : les e-mails restent dans la boîte locale',
    due: (since, at) => `Non lu depuis ${since}, e-mail à ${at} sauf lecture`,
    hold: (reason) => `Aucun e-mail ne part : ${reason}`,
    reasons: {
      not_confirmed: 'l’adresse n’est pas confirmée et a reçu son unique alerte',
      bounces: 'les e-mails à cette adresse reviennent',
      muted: 'la personne de cette adresse a dit que ce n’était pas elle',
      unsubscribed: 'elle ne veut pas d’e-mails pour cette demande',
      address_budget: 'cette adresse a reçu autant d’e-mails que permis',
      domain_budget: 'ce domaine a reçu autant d’e-mails que permis',
      hub_budget: 'le hub a envoyé autant d’e-mails que permis',
      undelivered: 'il n’a pas pu être remis',
    },
    alerts: 'Alertes',
    kinds: {
      received: 'Enregistrée',
      updated: 'Nouvelle réponse',
      solved: 'Résolue',
      asked: 'Réponse attendue',
      links: 'Liens renvoyés',
      new_device: 'Nouvel appareil',
    },
    states: {
      waiting: (at) => `attend ${at}`,
      held: () => 'retenu',
      sent: (at) => `envoyé ${at}`,
      opened: (at) => `envoyé ${at}, ouvert`,
      bounced: (at) => `revenu ${at}`,
      failed: (at) => `échoué ${at}`,
      cancelled: () => 'pas envoyé : lu avant',
    },
    tryAgain: 'Réessayer',
    triedAgain: 'Les alertes sont essayées à nouveau.',
  },
  access: {
    title: 'Accès',
    muted: 'Ne veut pas d’e-mails pour cette demande',
    link: 'Lien sécurisé',
    linkOpened: (at) => `Dernière ouverture : ${at}`,
    linkNotOpened: 'Pas encore ouvert',
    voided: (n) => (n === 1 ? 'Liens précédents annulés une fois' : `Liens précédents annulés ${n} fois`),
    unknownBrowser: 'Navigateur inconnu',
    browserOn: (browser, system) => `${browser} sur ${system}`,
    proven: 'A entré un code',
    notProven: 'Aucun code entré : non confirmé',
    trusted: 'de confiance 30 jours',
    seen: (opened, seen) => `Ouvert ${opened} · vu ${seen}`,
    endAll: 'Mettre fin à tout accès',
    endTitle: 'Mettre fin à tout accès à cette demande ?',
    endIntro:
      'La demande se ferme dans tous les navigateurs du demandeur, et les liens envoyés jusqu’ici cessent de fonctionner. Un nouveau code peut être demandé tout de suite, par « J’ai perdu mon lien ».',
    ended: 'Tout accès a pris fin.',
  },
  files: {
    title: 'Fichiers partagés',
    none: 'Aucun fichier',
    inNote: 'dans une note',
    older: 'Fichiers plus anciens',
  },
} satisfies Words<typeof en>;

export default fr;
