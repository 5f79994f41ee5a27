//! Who is in the demo workspace, and what they have written: five languages, every state of a ticket.

use protocol::model::Priority::{self, High, Low, Urgent};

use Step::{Assign, Back, Merge, Note, Rank, Reads, Reopen, Reply, ReplyWith, Snooze, Solve, Tag, Write, WriteWith};

pub struct AgentPart {
    pub key: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    pub role: protocol::model::Role,
    pub team: &'static str,
}

/// Somebody with an account, or a guest with an address.
pub struct RequesterPart {
    pub key: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    pub is_customer: bool,
    /// The language of the pages they use.
    pub locale: &'static str,
}

pub struct TicketPart {
    pub requester: &'static str,
    pub topic: &'static str,
    pub subject: &'static str,
    pub text: &'static str,
    pub details: &'static [(&'static str, &'static str)],
    /// Minutes before now.
    pub opened: i64,
    /// What follows, each so many minutes after the step before.
    pub steps: &'static [(i64, Step)],
}

/// One thing that somebody does in a ticket; agents by their key.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Write(&'static str),
    WriteWith(&'static str, &'static [Paper]),
    Reply(&'static str, &'static str),
    ReplyWith(&'static str, &'static str, &'static [Paper]),
    Note(&'static str, &'static str),
    Assign(&'static str),
    Solve(&'static str),
    Reopen(&'static str),
    Rank(&'static str, Priority),
    Tag(&'static str, &'static [&'static str]),
    /// Put aside for so many minutes.
    Snooze(&'static str, i64),
    /// It leads on to the requester's ticket of this subject.
    Merge(&'static str, &'static str),
    /// The requester has read everything.
    Reads,
    /// The requester came back by the link of the last mail.
    Back,
    /// The mailbox of the requester does not exist.
    Bounces,
}

/// A file that somebody attaches.
#[derive(Clone, Copy)]
pub struct Paper {
    pub name: &'static str,
    pub bytes: &'static [u8],
}

impl std::fmt::Debug for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const CAPTURE: Paper = Paper { name: "capture-13h31.png", bytes: include_bytes!("papers/capture-13h31.png") };
const BANK: Paper = Paper { name: "relevé-novembre.pdf", bytes: include_bytes!("papers/bank.pdf") };
const INVOICE: Paper = Paper { name: "factura-47-9031.pdf", bytes: include_bytes!("papers/invoice.pdf") };
const LOCKED: Paper = Paper { name: "Zugang gesperrt.png", bytes: include_bytes!("papers/locked.png") };
const STATEMENT: Paper = Paper { name: "statement-fees.pdf", bytes: include_bytes!("papers/statement.pdf") };

pub const TEAMS: [&str; 2] = ["Payments", "Accounts"];

pub const AGENTS: [AgentPart; 4] = {
    use protocol::model::Role::{Admin, Agent, Lead};
    [
        AgentPart { key: "nora", name: "Nora Lindqvist", email: "nora@guichet.example", role: Admin, team: "Payments" },
        AgentPart { key: "samir", name: "Samir Benali", email: "samir@guichet.example", role: Lead, team: "Payments" },
        AgentPart { key: "lena", name: "Léna Moreau", email: "lena@guichet.example", role: Agent, team: "Accounts" },
        AgentPart { key: "tom", name: "Tom Okafor", email: "tom@guichet.example", role: Agent, team: "Accounts" },
    ]
};

/// Who says that they are away.
pub const AWAY: &str = "tom";

const fn customer(key: &'static str, name: &'static str, email: &'static str, locale: &'static str) -> RequesterPart {
    RequesterPart { key, name, email, is_customer: true, locale }
}

const fn guest(key: &'static str, name: &'static str, email: &'static str, locale: &'static str) -> RequesterPart {
    RequesterPart { key, name, email, is_customer: false, locale }
}

pub const REQUESTERS: [RequesterPart; 13] = [
    customer("amina", "Amina Haddad", "amina.haddad@example.org", "en"),
    customer("mathis", "Mathis Dubois", "mathis.dubois@example.org", "fr"),
    customer("priya", "Priya Raman", "priya.raman@example.org", "en"),
    guest("ines", "Inés Beltrán", "ines.beltran@example.org", "en"),
    guest("chloe", "Chloe Whitmore", "chloe.whitmore@example.net", "en"),
    guest("pablo", "Pablo Ruiz", "pablo.ruiz@example.net", "en"),
    guest("yasmin", "ياسمين سالم", "yasmin.salem@example.com", "en"),
    guest("greta", "Greta Klein", "greta.klein@example.com", "en"),
    guest("olivier", "Olivier Faure", "olivier.faure@example.com", "fr"),
    guest("jonas", "Jonas Vogt", "jonas.vogt@example.edu", "en"),
    guest("camille", "Camille Petit", "camille.petit@example.edu", "fr"),
    guest("hugh", "Hugh Brennan", "hugh.brennan@example.edu", "en"),
    guest("nameless", "", "k.w@example.com", "en"),
];

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

pub const TICKETS: &[TicketPart] = &[
    TicketPart {
        requester: "amina",
        topic: "payment",
        subject: "Payment declined but my card was charged",
        text: "Hello, I tried to pay twice this afternoon. The page said *declined*, but my bank shows the amount as \
               taken. Can you tell me which of the two is true?",
        details: &[("transaction_id", "TX-8842-19F"), ("occurred_at", "today, 13:31")],
        opened: 96,
        steps: &[
            (4, Assign("samir")),
            (1, Tag("samir", &["card", "bank hold"])),
            (0, Rank("samir", High)),
            (2, Reply("samir", "Hi Amina, I am sorry about that. I am looking at both attempts now.")),
            (2, Reads),
            (5, WriteWith("Thank you. The bank took 64.90 €. This is what the page said.", &[CAPTURE])),
            (
                6,
                Note(
                    "samir",
                    "Same acquirer error as yesterday. If the hold is older than 48 h, use the manual release form.",
                ),
            ),
            (
                4,
                Reply(
                    "samir",
                    "Neither attempt went through on our side: the bank **holds** the amount and gives it back by \
                     itself. I have asked yours to release it today.",
                ),
            ),
            (3, Reads),
        ],
    },
    TicketPart {
        requester: "mathis",
        topic: "order",
        subject: "Remboursement de la commande 48-2219",
        text: "Bonjour, j’ai renvoyé le colis il y a une semaine et le remboursement n’est toujours pas là.",
        details: &[("order_id", "48-2219")],
        opened: 150,
        steps: &[
            (10, Assign("lena")),
            (1, Tag("lena", &["refund"])),
            (
                7,
                Reply("lena", "Bonjour Mathis, le colis est bien arrivé lundi. Je lance le remboursement aujourd’hui."),
            ),
            (4, Reads),
            (9, WriteWith("Merci ! Voici mon relevé. Combien de jours faut-il compter ?", &[BANK])),
        ],
    },
    TicketPart {
        requester: "mathis",
        topic: "payment",
        subject: "Commande 48-2219, toujours rien",
        text: "Je n’ai toujours rien reçu pour la commande 48-2219. Où en est-on ?",
        details: &[],
        opened: 149,
        steps: &[(2, Merge("nora", "Remboursement de la commande 48-2219"))],
    },
    TicketPart {
        requester: "ines",
        topic: "account",
        subject: "Los códigos de acceso llegan tarde",
        text: "Buenos días. El código para entrar llega veinte minutos después y ya no sirve.",
        details: &[],
        opened: 41,
        steps: &[],
    },
    TicketPart {
        requester: "chloe",
        topic: "account",
        subject: "Change the phone number on my account",
        text: "I have a new number and cannot receive the old one any more. What do you need from me?",
        details: &[],
        opened: 3 * HOUR + 12,
        steps: &[
            (12, Assign("lena")),
            (
                6,
                Reply(
                    "lena",
                    "Hi Chloe! Two things please: the last four digits of the old number, and the town where you opened the account.",
                ),
            ),
            (70, Back),
            (2, Write("Old number ends in 4471, opened in Leeds.")),
            (9, Note("lena", "Both match. @Nora Lindqvist, a second pair of eyes, please, before I change it.")),
            (0, Tag("lena", &["identity check"])),
        ],
    },
    TicketPart {
        requester: "pablo",
        topic: "order",
        subject: "Factura con datos incorrectos",
        text: "La factura de marzo lleva un NIF que no es el mío. ¿Pueden corregirla?",
        details: &[("order_id", "47-9031")],
        opened: 26 * HOUR,
        steps: &[
            (3, WriteWith("Adjunto la factura.", &[INVOICE])),
            (27, Assign("samir")),
            (
                15,
                Reply(
                    "samir",
                    "Hola Pablo, claro que sí. ¿Me puede enviar el NIF correcto y el nombre fiscal completo?",
                ),
            ),
            (1, Tag("samir", &["invoice"])),
        ],
    },
    TicketPart {
        requester: "yasmin",
        topic: "payment",
        subject: "متى تصل الحوالة إلى حسابي؟",
        text: "مرحباً، أرسلت الحوالة يوم الأحد ولم تصل بعد. رقم العملية TX-7710-04C.",
        details: &[("transaction_id", "TX-7710-04C")],
        opened: 18,
        steps: &[],
    },
    TicketPart {
        requester: "greta",
        topic: "account",
        subject: "Zugang gesperrt nach Gerätewechsel",
        text: "Seit dem neuen Telefon komme ich nicht mehr hinein. Die App sagt nur „Zugang gesperrt“.",
        details: &[],
        opened: 7 * HOUR,
        steps: &[
            (2, WriteWith("So sieht es aus:", &[LOCKED])),
            (7, Assign("tom")),
            (
                5,
                Reply(
                    "tom",
                    "Guten Tag Frau Klein, das alte Gerät war noch als vertraut hinterlegt. Ich habe es entfernt; bitte versuchen Sie es noch einmal.",
                ),
            ),
            (25, Back),
            (3, Write("Es geht wieder. Vielen Dank für die schnelle Hilfe!")),
            (4, Reply("tom", "Gern geschehen, einen schönen Abend!")),
            (1, Solve("tom")),
        ],
    },
    TicketPart {
        requester: "olivier",
        topic: "payment",
        subject: "Deux prélèvements pour le même abonnement",
        text: "Deux prélèvements identiques ce mois-ci, le 3 et le 4. Un seul abonnement pourtant.",
        details: &[("transaction_id", "TX-8120-77A")],
        opened: 29 * HOUR,
        steps: &[
            (20, Assign("nora")),
            (10, Reply("nora", "Bonjour, je vois les deux prélèvements. Le second part en remboursement ce soir.")),
            (90, Back),
            (1, Write("Parfait, merci.")),
            (2, Solve("nora")),
            (16 * HOUR, Back),
            (1, Write("Le remboursement n’est pas arrivé, pouvez-vous vérifier ?")),
            (3, Tag("nora", &["refund", "subscription"])),
            (0, Rank("nora", Urgent)),
        ],
    },
    TicketPart {
        requester: "jonas",
        topic: "other",
        subject: "Kündigung zum Monatsende",
        text: "Ich möchte zum Monatsende kündigen. Reicht diese Nachricht?",
        details: &[],
        opened: 2 * DAY + 3 * HOUR,
        steps: &[
            (40, Step::Bounces),
            (10, Assign("lena")),
            (5, Reply("lena", "Guten Tag, ja, das reicht. Die Bestätigung kommt per Mail.")),
        ],
    },
    TicketPart {
        requester: "camille",
        topic: "other",
        subject: "Accessibilité : la carte n’est pas lue par mon lecteur d’écran",
        text: "Bonjour, sur la page des agences, la carte n’a pas de liste équivalente et mon lecteur d’écran la saute.",
        details: &[],
        opened: 2 * DAY,
        steps: &[
            (60, Assign("tom")),
            (2, Tag("tom", &["accessibility"])),
            (0, Rank("tom", Low)),
            (
                13,
                Reply(
                    "tom",
                    "Bonjour Camille, merci, c’est précis et juste. La liste existe, mais elle est cachée : je demande à l’équipe de la rendre visible à tous.",
                ),
            ),
            (50, Back),
            (3, Write("Merci de prendre cela au sérieux.")),
            (7 * HOUR, Reply("tom", "C’est en ligne depuis ce matin.")),
            (20, Back),
            (1, Solve("tom")),
        ],
    },
    TicketPart {
        requester: "hugh",
        topic: "payment",
        subject: "Standing order stopped in October",
        text: "My standing order ran for two years and stopped in October without a word.",
        details: &[],
        opened: 31 * HOUR,
        steps: &[
            (25, Assign("samir")),
            (
                9,
                Reply(
                    "samir",
                    "Hello Mr Brennan, the receiving bank changed its sort code on 1 October; orders to the old one were returned. Shall I move yours?",
                ),
            ),
            (HOUR, Reply("samir", "It takes two minutes on our side; a word from you is enough.")),
            // Until tomorrow.
            (20, Snooze("samir", 47 * HOUR)),
        ],
    },
    TicketPart {
        requester: "nameless",
        topic: "other",
        subject: "is there a student discount",
        text: "is there a student discount",
        details: &[],
        opened: 66,
        steps: &[],
    },
    TicketPart {
        requester: "priya",
        topic: "account",
        subject: "Two accounts with the same address",
        text: "I seem to have two accounts: one from 2021 and one from last week. Can they become one?",
        details: &[],
        opened: 5 * HOUR,
        steps: &[
            (14, Assign("lena")),
            (
                9,
                Reply(
                    "lena",
                    "Hi Priya, yes. The new one is empty, so I would keep the older one and close the other. All right?",
                ),
            ),
            (35, Reads),
            (4, Write("Yes please, keep the old one.")),
            (12, Reply("lena", "Done. You sign in with the same address as before.")),
            (6, Reads),
            (2, Solve("lena")),
        ],
    },
    TicketPart {
        requester: "priya",
        topic: "payment",
        subject: "Statement for the tax office",
        text: "I need a statement of all payments of last year, signed if possible.",
        details: &[],
        opened: 2 * DAY + 8 * HOUR,
        steps: &[
            (45, Assign("nora")),
            (
                20,
                Reply("nora", "Hi Priya, it is in your account under Documents since a minute ago, with a signature."),
            ),
            (30, Reads),
            (2, Solve("nora")),
            (26 * HOUR, Reopen("nora")),
            (
                3,
                ReplyWith(
                    "nora",
                    "I reopened this: the tax office now wants the fees on a page of their own. Here it is.",
                    &[STATEMENT],
                ),
            ),
            (26 * HOUR, Reads),
            // Just now: its alert still waits.
            (
                2 * HOUR + 20,
                Reply(
                    "nora",
                    "One more: the same for this year so far. Tell me if the tax office wants anything else.",
                ),
            ),
        ],
    },
    TicketPart {
        requester: "amina",
        topic: "other",
        subject: "Opening hours on public holidays",
        text: "Is anybody there on the 25th?",
        details: &[],
        opened: 30 * HOUR,
        steps: &[
            (22, Assign("tom")),
            (4, Reply("tom", "On the 25th from 10:00 to 14:00. Happy holidays!")),
            (8, Reads),
            (1, Solve("tom")),
        ],
    },
];

/// A list of the site, beside those that are always there.
pub struct ViewPart {
    pub name: &'static str,
    pub tags: &'static [&'static str],
    pub waiting_min: Option<u32>,
}

pub const VIEWS: [ViewPart; 2] = [
    ViewPart { name: "Refunds", tags: &["refund"], waiting_min: None },
    ViewPart { name: "Waits for an hour", tags: &[], waiting_min: Some(60) },
];

/// A conversation that goes on while the demo runs: whose line it is, and what they write.
pub struct Dialogue {
    /// The ticket's subject.
    pub subject: &'static str,
    pub agent: &'static str,
    pub lines: &'static [(Speaker, &'static str)],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    Requester,
    Agent,
}

pub const DIALOGUES: [Dialogue; 2] = {
    use Speaker::{Agent, Requester};
    [
        Dialogue {
            subject: "Payment declined but my card was charged",
            agent: "samir",
            lines: &[
                (Requester, "Ok, thank you. How long does it usually take?"),
                (Agent, "Most banks release a hold within 24 hours. I am asking yours today."),
                (Requester, "And if it is still there on Friday?"),
                (Agent, "Then write here, and I send them the signed release form. You need not do anything."),
                (Requester, "That is reassuring."),
                (Agent, "I have just had an answer: they took the release in, number RL-5521."),
                (Requester, "Wonderful. Should I try to pay again?"),
                (Agent, "Yes, please. The limit on your card was the reason, and it is lifted now."),
                (Requester, "It worked! The receipt is there."),
                (Agent, "Great. I leave this open until the old amount is back on your account."),
            ],
        },
        Dialogue {
            subject: "Remboursement de la commande 48-2219",
            agent: "lena",
            lines: &[
                (Agent, "Comptez deux à trois jours ouvrés, selon votre banque."),
                (Requester, "D’accord. Est-ce que je reçois une confirmation ?"),
                (Agent, "Oui, ici même, dès que la banque a répondu."),
                (Requester, "Parfait. Les frais de retour sont-ils compris ?"),
                (Agent, "Ils le sont : 4,90 € en plus du prix de l’article."),
                (Requester, "Je ne m’y attendais pas, merci beaucoup."),
                (Agent, "Avec plaisir. Voilà, le virement est parti."),
                (Requester, "Je surveille mon compte et je vous dis."),
            ],
        },
    ]
};
