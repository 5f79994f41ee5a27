//! The mails in French. No-break spaces stand where French wants them.

use super::{Say, Words};

pub static WORDS: Words = Words {
    dir: "ltr",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    first_day: "1er",
    date: "{{ day }} {{ month }} {{ year }}",
    time: "{{ date }} à {{ hours }}:{{ minutes }} UTC",
    on: "sous",
    unknown_browser: "un navigateur",

    received: Say {
        subject: "Votre demande d’assistance n°\u{a0}{{ number }} est enregistrée",
        preheader: "Ouvrez la page sécurisée pour la suivre et la compléter.",
        heading: "Nous avons bien reçu votre demande",
        before: &[
            "Votre demande d’assistance n°\u{a0}{{ number }} a été ouverte le {{ date }}. \
             Notre équipe y répondra sur sa page sécurisée.",
            "Vous pouvez y ajouter des précisions à tout moment\u{a0}: numéros de transaction, heure des faits, \
             captures d’écran.",
        ],
        button: "Ouvrir ma demande",
        after: &["{% if not_me %}Vous n’avez rien demandé\u{a0}? Ouvrez la page et choisissez \
                  «\u{a0}Ce n’était pas moi\u{a0}».{% endif %}"],
    },
    updated: Say {
        subject: "Votre demande d’assistance n°\u{a0}{{ number }} a été mise à jour",
        preheader: "Ouvrez la page sécurisée pour lire la réponse.",
        heading: "Du nouveau sur votre demande",
        before: &["Votre demande d’assistance n°\u{a0}{{ number }} a été mise à jour. \
                   Ouvrez la page sécurisée pour lire la réponse."],
        button: "Lire la réponse",
        after: &[],
    },
    code: Say {
        subject: "Votre code d’accès",
        preheader: "Il est valable {{ life }}\u{a0}minutes, sur la page que vous avez ouverte.",
        heading: "Votre code d’accès",
        before: &["Votre code d’accès pour {{ brand }}\u{a0}:"],
        button: "",
        after: &[
            "Il est valable {{ life }}\u{a0}minutes, une seule fois, sur la page que vous avez ouverte.",
            "Il a été demandé le {{ time }}, depuis {{ browser }}.",
            "Ne le communiquez à personne\u{a0}: personne de notre équipe ne vous le demandera.",
            "Si vous n’avez pas demandé de code, ignorez ce message\u{a0}: sans le code, personne n’entre.",
        ],
    },
    solved: Say {
        subject: "Votre demande d’assistance n°\u{a0}{{ number }} a été mise à jour",
        preheader: "Votre demande est indiquée comme résolue.",
        heading: "Votre demande est résolue",
        before: &[
            "Votre demande d’assistance n°\u{a0}{{ number }} est indiquée comme résolue.",
            "S’il manque encore quelque chose, écrivez sur sa page\
             {% if until %} jusqu’au {{ until }}{% endif %}\u{a0}: la même demande sera rouverte.",
        ],
        button: "Ouvrir ma demande",
        after: &[],
    },
    asked: Say {
        subject: "Votre demande d’assistance n°\u{a0}{{ number }} a été mise à jour",
        preheader: "Une réponse de votre part est nécessaire.",
        heading: "Une réponse de votre part est nécessaire",
        before: &["Pour avancer sur votre demande d’assistance n°\u{a0}{{ number }}, notre équipe a besoin \
                   d’une réponse de votre part sur sa page sécurisée."],
        button: "Répondre sur la page",
        after: &[],
    },
    links: Say {
        subject: "Vos demandes d’assistance",
        preheader: "Le chemin vers vos demandes.",
        heading: "Vos demandes d’assistance",
        before: &["Vous avez redemandé les liens vers vos demandes. Chacun ouvre sa page sécurisée."],
        button: "",
        after: &["Si vous ne les avez pas demandés, ignorez ce message\u{a0}: un lien seul n’ouvre rien."],
    },
    new_device: Say {
        subject: "Nouvel accès à votre demande n°\u{a0}{{ number }}",
        preheader: "Un navigateur a reçu l’accès à votre demande.",
        heading: "Nouvel accès à votre demande",
        before: &[
            "Le {{ time }}, {{ browser }} a reçu l’accès à votre demande n°\u{a0}{{ number }}, \
             avec un code reçu dans cette boîte.",
            "Si c’était vous, il n’y a rien à faire. Sinon, mettez fin à cet accès\u{a0}:",
        ],
        button: "Mettre fin à cet accès",
        after: &[],
    },
    waiting: Say {
        subject: "{% if count == 1 %}1 demande vous attend{% else %}{{ count }} demandes vous attendent{% endif %}",
        preheader: "Ouvrez la console pour répondre.",
        heading: "{% if count == 1 %}1 demande vous attend{% else %}{{ count }} demandes vous attendent{% endif %}",
        before: &["{{ numbers }}{% if more %} et {{ more }} de plus{% endif %}"],
        button: "Ouvrir la console",
        after: &[],
    },

    ticket: "Demande n°\u{a0}{{ number }}, ouverte le {{ date }}{% if not is_open %} (close){% endif %}",
    address: "Ou copiez cette adresse dans votre navigateur\u{a0}:",
    not_read: "Ce message est envoyé par une machine. Sa boîte n’est pas lue\u{a0}: merci de ne pas y répondre.",
    way_back: "Sans le lien\u{a0}: ouvrez {{ site }} dans votre navigateur et choisissez «\u{a0}Mes demandes\u{a0}».",
    way_back_agents: "Sans le lien\u{a0}: ouvrez {{ site }}/agent dans votre navigateur et connectez-vous.",
    way_back_code: "Pour nous joindre, ouvrez notre page d’aide comme vous le faites d’habitude.",
    stop: "Ne plus recevoir de messages à ce sujet\u{a0}:",
};
