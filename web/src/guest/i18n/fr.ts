// Les mots des pages où mènent les liens des e-mails.
import type { Words } from '../../i18n';
import type { en } from './en';

const fr = {
  link: {
    title: (number) => `Ouvrir la demande n° ${number}`,
    lead_before: 'Pour être sûrs que c’est bien vous, nous envoyons un code à ',
    lead_after: '. Il ouvre cette demande et rien d’autre.',
    footer: 'Ce lien est lié à votre adresse. Personne ne vous demandera ce code par téléphone.',
    muted: 'Les e-mails de cette demande sont coupés. Le code est envoyé quand même.',
    sent_before: 'Nous avons envoyé un code à ',
    sent_middle: ' pour ouvrir la demande ',
    sent_after: '. Il peut mettre une minute à arriver.',
    code_hint: 'Valable 10 minutes, dans ce navigateur seulement. Vous pouvez le coller.',
    open: 'Ouvrir la demande',
    opened: 'Votre demande est ouverte.',
    trust: 'Faire confiance à cet appareil pendant 30 jours',
    trust_hint: 'Vous y entrez sans code pendant ce temps. Pas sur un appareil que d’autres utilisent.',
    not_me: 'Ce n’était pas moi',
    not_me_title: 'Vous n’avez pas ouvert cette demande ?',
    not_me_lead:
      'La personne qui l’a ouverte avec votre adresse ne la verra plus, et vous ne recevrez plus d’e-mails à son sujet. Vous pourrez encore l’ouvrir avec un code.',
    not_me_confirm: 'Ce n’était pas moi',
    not_me_done_title: 'Merci, c’est réglé',
    not_me_done:
      'La personne qui a ouvert la demande avec votre adresse ne la voit plus, et nous ne vous enverrons plus d’e-mails à son sujet. Il n’y a rien d’autre à faire.',
    void_title: 'Ce lien ne fonctionne pas',
    void: 'Il est peut-être incomplet, ou l’accès a pris fin. Nous pouvons vous renvoyer les liens de vos demandes.',
    lost_title: 'Recevoir vos liens à nouveau',
    lost_lead: 'Indiquez l’adresse que vous aviez donnée. Nous y envoyons les liens de ses demandes.',
    lost_send: 'Recevoir mes liens',
    lost_asked_title: 'Regardez dans votre boîte de réception',
    lost_asked_before: 'S’il y a des demandes pour ',
    lost_asked_after: ', leurs liens sont en route. Cela peut prendre quelques minutes.',
    lost_none: 'Rien reçu ? Regardez dans les indésirables, ou essayez une autre de vos adresses.',
    not_looked: 'Un instant',
    account_title: (number) => `Connectez-vous pour ouvrir la demande n° ${number}`,
    account_before: 'Cette demande appartient au compte de ',
    account_after: '. Connectez-vous avec cette adresse et elle s’ouvre.',
    account_other: (email) => `Vous êtes connecté en tant que ${email}.`,
  },
  stop: {
    this_request: 'cette demande',
    request: (number) => `la demande n° ${number}`,
    title: (request) => `Plus d’e\u2011mails au sujet de ${request} ?`,
    lead: 'La demande reste ouverte et nous y répondons toujours. Vous verrez alors les nouvelles sur sa page seulement.',
    stop: 'Arrêter les e-mails',
    done_title: (request) => `Vous ne recevez plus d’e\u2011mails au sujet de ${request}`,
    done: 'La demande elle-même reste telle quelle, et les liens que vous avez y mènent toujours.',
    undo: 'Annuler',
    undone_title: (request) => `Vous recevez à nouveau les e\u2011mails au sujet de ${request}`,
    undone: 'Quand il y a du nouveau que vous n’avez pas vu, un e-mail vous le dit.',
  },
  end_trust: {
    title: 'Mettre fin à l’accès de ce navigateur ?',
    lead: 'Un e-mail vous a signalé un navigateur qui peut ouvrir votre demande pendant 30 jours. Si ce n’était pas vous, mettez fin à son accès.',
    end: 'Mettre fin à cet accès',
    done_title: 'L’accès a pris fin',
    done: 'Ce navigateur a besoin d’un nouveau code de votre boîte pour entrer. Vous pouvez faire renvoyer vos propres liens.',
  },
  end_access: {
    here_title: 'Mettre fin à l’accès dans ce navigateur ?',
    here_lead: 'Vous pourrez revenir par le lien de nos e-mails, avec un nouveau code.',
    everywhere_title: 'Mettre fin à l’accès partout ?',
    everywhere_lead:
      'La demande se ferme dans tous les navigateurs où elle est ouverte, et les liens des e-mails envoyés jusqu’ici cessent de fonctionner. « J’ai perdu mon lien » en donne de nouveaux.',
    done_title: 'L’accès a pris fin',
    done: 'Il ne reste rien de la demande dans ce navigateur. La demande elle-même reste, et nous y répondons toujours.',
  },
} satisfies Words<typeof en>;

export default fr;
