//! The mails in English.

use super::{Say, Words};

pub static WORDS: Words = Words {
    dir: "ltr",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    first_day: "1",
    date: "{{ day }} {{ month }} {{ year }}",
    time: "{{ date }}, {{ hours }}:{{ minutes }} UTC",
    on: "on",
    unknown_browser: "a browser",

    received: Say {
        subject: "Your support request {{ number }} has been received",
        preheader: "Open the secure page to follow it and to add details.",
        heading: "We have received your request",
        before: &[
            "Your support request {{ number }} was opened on {{ date }}. Our team will answer it on its secure page.",
            "You can add to it there at any time: transaction numbers, the time it happened, screenshots.",
        ],
        button: "Open my request",
        after: &["{% if not_me %}You did not ask for help? Open the page and choose “This was not me”.{% endif %}"],
    },
    updated: Say {
        subject: "Your support ticket {{ number }} has been updated",
        preheader: "Open the secure page to read the reply.",
        heading: "There is news on your request",
        before: &["Your support ticket {{ number }} has been updated. Open the secure page to read the reply."],
        button: "Read the reply",
        after: &[],
    },
    code: Say {
        subject: "Your access code",
        preheader: "It works for {{ life }} minutes, on the page you have open.",
        heading: "Your access code",
        before: &["Your access code for {{ brand }}:"],
        button: "",
        after: &[
            "It works for {{ life }} minutes, once, on the page you have open.",
            "It was asked for on {{ time }}, from {{ browser }}.",
            "Never tell it to anyone: nobody from our team will ask you for it.",
            "If you did not ask for a code, ignore this mail: without the code, nobody gets in.",
        ],
    },
    solved: Say {
        subject: "Your support ticket {{ number }} has been updated",
        preheader: "Your request has been marked as solved.",
        heading: "Your request has been solved",
        before: &[
            "Your support ticket {{ number }} has been marked as solved.",
            "If something is still missing, write on its page\
             {% if until %} until {{ until }}{% endif %}: the same request opens again.",
        ],
        button: "Open my request",
        after: &[],
    },
    asked: Say {
        subject: "Your support ticket {{ number }} has been updated",
        preheader: "A reply from you is needed.",
        heading: "A reply from you is needed",
        before: &[
            "To go on with your support ticket {{ number }}, our team needs a reply from you on its secure page.",
        ],
        button: "Reply on the page",
        after: &[],
    },
    links: Say {
        subject: "Your support requests",
        preheader: "The way back to your requests.",
        heading: "Your support requests",
        before: &["You asked for the links to your requests again. Each opens its secure page."],
        button: "",
        after: &["If you did not ask for them, ignore this mail: a link alone opens nothing."],
    },
    new_device: Say {
        subject: "New access to your request {{ number }}",
        preheader: "A browser was given access to your request.",
        heading: "New access to your request",
        before: &[
            "On {{ time }}, {{ browser }} was given access to your request {{ number }}, with a code from this mailbox.",
            "If that was you, there is nothing to do. If not, end its access:",
        ],
        button: "End this access",
        after: &[],
    },
    waiting: Say {
        subject: "{% if count == 1 %}1 ticket is waiting for you\
                  {% else %}{{ count }} tickets are waiting for you{% endif %}",
        preheader: "Open the console to answer.",
        heading: "{% if count == 1 %}1 ticket is waiting for you\
                  {% else %}{{ count }} tickets are waiting for you{% endif %}",
        before: &["{{ numbers }}{% if more %} and {{ more }} more{% endif %}"],
        button: "Open the console",
        after: &[],
    },

    ticket: "Request {{ number }}, opened on {{ date }}{% if not is_open %} (closed){% endif %}",
    address: "Or copy this address into your browser:",
    not_read: "This mail was sent by a machine. Its mailbox is not read: please do not answer it.",
    way_back: "Without the link: open {{ site }} in your browser and choose “My tickets”.",
    way_back_agents: "Without the link: open {{ site }}/agent in your browser and sign in.",
    way_back_code: "To reach us, open our help page the way you usually do.",
    stop: "No more mails about this:",
};
