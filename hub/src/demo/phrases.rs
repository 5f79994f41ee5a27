//! The macros that the demo's site begins with: a text alone, a text with acts, acts alone.

use protocol::frame::PostKind;
use protocol::macros::{MacroActions, MacroAssignee, MacroContent, MacroText, NewMacro};
use protocol::model::Priority;

const DAY_MIN: u32 = 24 * 60;

pub fn macros() -> [NewMacro; 4] {
    let none = MacroActions::default;
    [
        kept(
            "Which transaction?",
            Some((
                PostKind::Ask,
                "Hello {{requester.first_name|there}},\n\nwhich transaction is it? Its number stands in the receipt, \
                 and begins with TX.\n\n{{agent.first_name}}, {{site.name}}",
            )),
            none(),
        ),
        kept(
            "Refund is on its way",
            Some((
                PostKind::Reply,
                "Hello {{requester.first_name|there}},\n\nthe refund has left us today. Banks take up to three days \
                 to show it.\n\n{{agent.first_name}}, {{site.name}}",
            )),
            MacroActions { solve: true, add_tags: vec!["refunded".to_owned()], ..none() },
        ),
        kept(
            "Hold at the bank",
            Some((PostKind::Note, "Hold at the bank on #{{ticket.number}}; asked them to release it.")),
            MacroActions { add_tags: vec!["hold".to_owned()], snooze_min: Some(DAY_MIN), ..none() },
        ),
        kept(
            "Urgent, and mine",
            None,
            MacroActions { priority: Some(Priority::Urgent), assignee: Some(MacroAssignee::Me), ..none() },
        ),
    ]
}

fn kept(name: &str, text: Option<(PostKind, &str)>, actions: MacroActions) -> NewMacro {
    let text = text.map(|(kind, text)| MacroText { kind, text: text.to_owned() });
    NewMacro { name: name.to_owned(), content: MacroContent { text, actions } }
}
