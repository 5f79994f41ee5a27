//! What a refusal says to a person, in their language: one sentence that tells what to do.
//!
//! Codes are for programs and stable; sentences are for people and may change.

use std::borrow::Cow;

use protocol::ErrorCode;

use super::{Locale, Refusal};

/// The sentence of a refusal.
pub fn sentence(refusal: &Refusal, locale: Locale) -> String {
    match locale {
        Locale::En => english(refusal),
        Locale::Fr => french(refusal),
    }
}

fn english(refusal: &Refusal) -> String {
    let field = refusal.field.as_deref();
    match refusal.code {
        ErrorCode::Malformed => match field {
            Some(field) => format!("“{}” does not have the form that is expected here.", raw(field)),
            None => "The request could not be read; reload the page and try again.".to_owned(),
        },
        ErrorCode::UnknownField => match field {
            Some(field) => format!("“{}” is not known here; reload the page and try again.", raw(field)),
            None => "The request holds something unknown; reload the page and try again.".to_owned(),
        },
        ErrorCode::UnknownType => "The hub does not know this kind of frame; reload the page.".to_owned(),
        ErrorCode::Required => match field {
            Some("text") => "Write a message first.".to_owned(),
            Some("q") => "Write a word or a number to search for.".to_owned(),
            Some("content") => "Write a text or choose an action.".to_owned(),
            Some(field) => format!("Fill in {}.", noun_en(field)),
            None => "Something required is missing.".to_owned(),
        },
        ErrorCode::TooLong => match (field, refusal.limit) {
            (Some("attachments"), Some(limit)) => format!("At most {limit} files go with one message."),
            (Some("details"), Some(limit)) => format!("At most {limit} details can be given."),
            (Some("email"), _) => "This e-mail address is too long.".to_owned(),
            (field, Some(limit)) => {
                format!("Shorten {}: at most {limit} characters.", noun_en(field.unwrap_or_default()))
            }
            (field, None) => format!("Shorten {}.", noun_en(field.unwrap_or_default())),
        },
        ErrorCode::TooShort => match refusal.limit {
            Some(limit) => format!("Lengthen {}: at least {limit} characters.", noun_en(field.unwrap_or_default())),
            None => format!("Lengthen {}.", noun_en(field.unwrap_or_default())),
        },
        ErrorCode::BadCharacter => {
            format!("Take the invisible control characters out of {}.", noun_en(field.unwrap_or_default()))
        }
        ErrorCode::BadEmail => "Check the e-mail address: mail cannot be sent to this one.".to_owned(),
        ErrorCode::BadValue => match field {
            Some(field) => format!("Choose another value for {}: this one is not possible here.", noun_en(field)),
            None => "Choose another value: this one is not possible here.".to_owned(),
        },
        ErrorCode::UnknownVariable => {
            "The text has a variable that does not exist: take one of those offered.".to_owned()
        }
        ErrorCode::WeakPassword => "Choose another password: this one is easy to guess.".to_owned(),
        ErrorCode::BadKey => "The request lacks its Idempotency-Key, which is a UUID; reload the page.".to_owned(),
        ErrorCode::NotSignedIn => "Sign in to go on.".to_owned(),
        ErrorCode::WrongPassword => match field {
            Some("password.current") => "The current password is wrong.".to_owned(),
            _ => "The address or the password is wrong.".to_owned(),
        },
        ErrorCode::WrongCode => "This code is wrong or no longer valid; check it, or ask for a new one.".to_owned(),
        ErrorCode::LinkUsed => "This link was used or has expired; ask for a new one.".to_owned(),
        ErrorCode::Forbidden => "You are not allowed to do this.".to_owned(),
        ErrorCode::CrossOrigin => "This only works from the hub's own pages; open the hub and try there.".to_owned(),
        ErrorCode::NotFound => "This is not there, or it is not yours.".to_owned(),
        ErrorCode::MethodNotAllowed => "This address does not take that kind of request.".to_owned(),
        ErrorCode::WrongHost => "This hub does not answer under this address.".to_owned(),
        ErrorCode::Conflict => match (field, refusal.limit) {
            (Some("text"), Some(limit)) => format!("You have {limit} drafts already; send or empty one of them."),
            _ => "This changed in the meantime; look at how it stands now.".to_owned(),
        },
        ErrorCode::Merged => "This request was merged into another one; go on there.".to_owned(),
        ErrorCode::Continued => "This request is closed and goes on in another one; go on there.".to_owned(),
        ErrorCode::DifferentRequesters => {
            "These requests cannot be merged: nobody has proved that they are the same person's.".to_owned()
        }
        ErrorCode::DraftChanged => {
            "You wrote something else here on another device; look at it before you go on.".to_owned()
        }
        ErrorCode::TooLarge => "This is too large to be sent; shorten it.".to_owned(),
        ErrorCode::QuotaReached => "There is no room left for this file here; send a smaller one.".to_owned(),
        ErrorCode::NotJson => "The request must be JSON (Content-Type: application/json).".to_owned(),
        ErrorCode::TooManyRequests => {
            format!("That was too often; try again {}.", in_time_en(refusal.retry_after_s))
        }
        ErrorCode::TooManyConnections => "Too many pages are connected; close some of them and try again.".to_owned(),
        ErrorCode::DiskFull => "The hub's disk is full: nothing can be saved now, reading goes on.".to_owned(),
        ErrorCode::Unavailable => {
            format!("The hub cannot save right now; try again {}.", in_time_en(refusal.retry_after_s))
        }
        ErrorCode::Internal => "Something went wrong in the hub; try again, and report it if it stays.".to_owned(),
    }
}

fn french(refusal: &Refusal) -> String {
    let field = refusal.field.as_deref();
    match refusal.code {
        ErrorCode::Malformed => match field {
            Some(field) => format!("« {} » n’a pas la forme attendue ici.", raw(field)),
            None => "La requête est illisible ; rechargez la page et réessayez.".to_owned(),
        },
        ErrorCode::UnknownField => match field {
            Some(field) => format!("« {} » n’est pas connu ici ; rechargez la page et réessayez.", raw(field)),
            None => "La requête contient un élément inconnu ; rechargez la page et réessayez.".to_owned(),
        },
        ErrorCode::UnknownType => "Le hub ne connaît pas ce type de trame ; rechargez la page.".to_owned(),
        ErrorCode::Required => match field {
            Some("text") => "Écrivez d’abord un message.".to_owned(),
            Some("q") => "Écrivez un mot ou un numéro à chercher.".to_owned(),
            Some("content") => "Écrivez un texte ou choisissez une action.".to_owned(),
            Some(field) => format!("Renseignez {}.", noun_fr(field)),
            None => "Il manque un élément obligatoire.".to_owned(),
        },
        ErrorCode::TooLong => match (field, refusal.limit) {
            (Some("attachments"), Some(limit)) => format!("Un message porte au plus {limit} fichiers."),
            (Some("details"), Some(limit)) => format!("Au plus {limit} précisions sont possibles."),
            (Some("email"), _) => "Cette adresse e-mail est trop longue.".to_owned(),
            (field, Some(limit)) => {
                format!("Raccourcissez {} : {limit} caractères au plus.", noun_fr(field.unwrap_or_default()))
            }
            (field, None) => format!("Raccourcissez {}.", noun_fr(field.unwrap_or_default())),
        },
        ErrorCode::TooShort => match refusal.limit {
            Some(limit) => format!("Allongez {} : {limit} caractères au moins.", noun_fr(field.unwrap_or_default())),
            None => format!("Allongez {}.", noun_fr(field.unwrap_or_default())),
        },
        ErrorCode::BadCharacter => {
            format!("Retirez les caractères de contrôle invisibles : {}.", noun_fr(field.unwrap_or_default()))
        }
        ErrorCode::BadEmail => "Vérifiez l’adresse e-mail : celle-ci ne peut pas recevoir de message.".to_owned(),
        ErrorCode::BadValue => match field {
            Some(field) => format!("Changez {} : cette valeur n’est pas possible ici.", noun_fr(field)),
            None => "Choisissez une autre valeur : celle-ci n’est pas possible ici.".to_owned(),
        },
        ErrorCode::UnknownVariable => {
            "Le texte contient une variable qui n’existe pas : prenez l’une de celles proposées.".to_owned()
        }
        ErrorCode::WeakPassword => "Choisissez un autre mot de passe : celui-ci est facile à deviner.".to_owned(),
        ErrorCode::BadKey => {
            "Il manque à la requête son Idempotency-Key, qui est un UUID ; rechargez la page.".to_owned()
        }
        ErrorCode::NotSignedIn => "Connectez-vous pour continuer.".to_owned(),
        ErrorCode::WrongPassword => match field {
            Some("password.current") => "Le mot de passe actuel est incorrect.".to_owned(),
            _ => "L’adresse ou le mot de passe est incorrect.".to_owned(),
        },
        ErrorCode::WrongCode => {
            "Ce code est incorrect ou n’est plus valable ; vérifiez-le ou demandez-en un nouveau.".to_owned()
        }
        ErrorCode::LinkUsed => "Ce lien a déjà servi ou a expiré ; demandez-en un nouveau.".to_owned(),
        ErrorCode::Forbidden => "Vous n’avez pas le droit de faire cela.".to_owned(),
        ErrorCode::CrossOrigin => {
            "Cela ne fonctionne que depuis les pages du hub ; ouvrez-le et réessayez là.".to_owned()
        }
        ErrorCode::NotFound => "Cet élément n’existe pas, ou n’est pas le vôtre.".to_owned(),
        ErrorCode::MethodNotAllowed => "Cette adresse n’accepte pas ce type de requête.".to_owned(),
        ErrorCode::WrongHost => "Ce hub ne répond pas sous cette adresse.".to_owned(),
        ErrorCode::Conflict => match (field, refusal.limit) {
            (Some("text"), Some(limit)) => {
                format!("Vous avez déjà {limit} brouillons ; envoyez-en ou videz-en un.")
            }
            _ => "L’état a changé entre-temps ; regardez où en sont les choses.".to_owned(),
        },
        ErrorCode::Merged => "Cette demande a été fusionnée avec une autre ; continuez là-bas.".to_owned(),
        ErrorCode::Continued => "Cette demande est close et continue dans une autre ; continuez là-bas.".to_owned(),
        ErrorCode::DifferentRequesters => {
            "Ces demandes ne peuvent pas être fusionnées : rien ne prouve qu’elles viennent de la même personne."
                .to_owned()
        }
        ErrorCode::DraftChanged => {
            "Vous avez écrit autre chose ici sur un autre appareil ; regardez-le avant de continuer.".to_owned()
        }
        ErrorCode::TooLarge => "C’est trop volumineux pour être envoyé ; raccourcissez.".to_owned(),
        ErrorCode::QuotaReached => "Il n’y a plus de place pour ce fichier ; envoyez-en un plus petit.".to_owned(),
        ErrorCode::NotJson => "La requête doit être en JSON (Content-Type: application/json).".to_owned(),
        ErrorCode::TooManyRequests => {
            format!("C’était trop souvent ; réessayez {}.", in_time_fr(refusal.retry_after_s))
        }
        ErrorCode::TooManyConnections => {
            "Trop de pages sont connectées ; fermez-en quelques-unes et réessayez.".to_owned()
        }
        ErrorCode::DiskFull => {
            "Le disque du hub est plein : rien ne peut être enregistré, la lecture reste possible.".to_owned()
        }
        ErrorCode::Unavailable => {
            format!("Le hub ne peut rien enregistrer pour l’instant ; réessayez {}.", in_time_fr(refusal.retry_after_s))
        }
        ErrorCode::Internal => {
            "Une erreur s’est produite dans le hub ; réessayez, et signalez-la si elle persiste.".to_owned()
        }
    }
}

/// What people call a field.
fn noun_en(field: &str) -> &str {
    match field {
        "text" => "the message",
        "subject" => "the subject",
        "email" => "the e-mail address",
        "name" => "the name",
        "password" | "password.new" => "the password",
        "password.current" => "the current password",
        "code" => "the code",
        "topic" => "the topic",
        "team" | "teams" => "the team",
        "agent" => "the colleague",
        "into" => "the other request",
        "role" => "the role",
        "attachments" => "the files",
        "details" => "the details",
        "q" => "the search",
        "content.text" => "the text",
        "content.actions.add_tags" | "content.actions.remove_tags" => "the tags",
        "content.actions.snooze_min" => "the snooze",
        _ => "this field",
    }
}

fn noun_fr(field: &str) -> &str {
    match field {
        "text" => "le message",
        "subject" => "l’objet",
        "email" => "l’adresse e-mail",
        "name" => "le nom",
        "password" | "password.new" => "le mot de passe",
        "password.current" => "le mot de passe actuel",
        "code" => "le code",
        "topic" => "le sujet",
        "team" | "teams" => "l’équipe",
        "agent" => "le collègue",
        "into" => "l’autre demande",
        "role" => "le rôle",
        "attachments" => "les fichiers",
        "details" => "les précisions",
        "q" => "la recherche",
        "content.text" => "le texte",
        "content.actions.add_tags" | "content.actions.remove_tags" => "les étiquettes",
        "content.actions.snooze_min" => "la mise de côté",
        _ => "ce champ",
    }
}

/// A field's path as it came in, cut: it may be a stranger's text.
fn raw(field: &str) -> Cow<'_, str> {
    const SHOWN_CHARS_MAX: usize = 60;
    match field.char_indices().nth(SHOWN_CHARS_MAX) {
        None => Cow::Borrowed(field),
        Some((end, _)) => Cow::Owned(format!("{}…", &field[..end])),
    }
}

fn in_time_en(seconds: Option<u64>) -> String {
    match seconds {
        None => "in a moment".to_owned(),
        Some(0 | 1) => "in a second".to_owned(),
        Some(seconds @ 2..120) => format!("in {seconds} seconds"),
        Some(seconds @ 120..7200) => format!("in {} minutes", seconds.div_ceil(60)),
        Some(seconds) => format!("in {} hours", seconds.div_ceil(3600)),
    }
}

fn in_time_fr(seconds: Option<u64>) -> String {
    match seconds {
        None => "dans un instant".to_owned(),
        Some(0 | 1) => "dans une seconde".to_owned(),
        Some(seconds @ 2..120) => format!("dans {seconds} secondes"),
        Some(seconds @ 120..7200) => format!("dans {} minutes", seconds.div_ceil(60)),
        Some(seconds) => format!("dans {} heures", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_sentence_of_its_own_in_every_language() {
        for code in ErrorCode::ALL {
            let bare = Refusal::new(*code);
            let whole = Refusal::of("text", *code).with_limit(8000).retry_after_s(30);
            for refusal in [bare, whole] {
                let said: Vec<_> = Locale::ALL.iter().map(|locale| sentence(&refusal, *locale)).collect();
                for sentence in &said {
                    assert!(sentence.len() > 10 && sentence.ends_with('.'), "{code:?}: {sentence}");
                }
                assert_ne!(said[0], said[1], "{code:?}");
            }
        }
    }

    #[test]
    fn field_limit_and_waiting_time_are_told() {
        let long = Refusal::of("subject", ErrorCode::TooLong).with_limit(160);
        assert_eq!(sentence(&long, Locale::En), "Shorten the subject: at most 160 characters.");
        assert_eq!(sentence(&long, Locale::Fr), "Raccourcissez l’objet : 160 caractères au plus.");
        let often = Refusal::new(ErrorCode::TooManyRequests).retry_after_s(125);
        assert_eq!(sentence(&often, Locale::En), "That was too often; try again in 3 minutes.");
        let empty = Refusal::of("text", ErrorCode::Required);
        assert_eq!(sentence(&empty, Locale::Fr), "Écrivez d’abord un message.");
    }

    #[test]
    fn a_strangers_field_name_is_cut() {
        let refusal = Refusal::of("é".repeat(5000), ErrorCode::UnknownField);
        assert!(sentence(&refusal, Locale::En).chars().count() < 150);
    }
}
