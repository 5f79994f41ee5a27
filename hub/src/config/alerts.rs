//! The settings of alerts, in the units of the file.

use serde::Deserialize;

use super::ConfigError;
use super::raw::{at_least_1, value};
use crate::actions::AlertLimits;
use crate::domain::alert::AlertTimes;
use crate::domain::attention::Pace;

/// When people are alerted, and how much may be mailed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    pub guest_quiet_s: u32,
    pub guest_cap_s: u32,
    pub customer_quiet_s: u32,
    pub customer_cap_s: u32,
    pub repeat_s: u32,
    pub repeat_max_s: u32,
    pub attended_max_s: u32,
    pub agents_after_s: u32,
    pub agents_digest_every_s: u32,
    pub mails_per_s: u32,
    pub mails_per_domain_s: u32,
    pub unconfirmed_per_address_day_max: u32,
    pub unconfirmed_per_domain_hour_max: u32,
    pub unconfirmed_per_hour_max: u32,
}

impl Alerts {
    pub(super) fn entries(&self) -> [(&'static str, u32); 14] {
        [
            ("guest_quiet_s", self.guest_quiet_s),
            ("guest_cap_s", self.guest_cap_s),
            ("customer_quiet_s", self.customer_quiet_s),
            ("customer_cap_s", self.customer_cap_s),
            ("repeat_s", self.repeat_s),
            ("repeat_max_s", self.repeat_max_s),
            ("attended_max_s", self.attended_max_s),
            ("agents_after_s", self.agents_after_s),
            ("agents_digest_every_s", self.agents_digest_every_s),
            ("mails_per_s", self.mails_per_s),
            ("mails_per_domain_s", self.mails_per_domain_s),
            ("unconfirmed_per_address_day_max", self.unconfirmed_per_address_day_max),
            ("unconfirmed_per_domain_hour_max", self.unconfirmed_per_domain_hour_max),
            ("unconfirmed_per_hour_max", self.unconfirmed_per_hour_max),
        ]
    }

    /// When people are alerted.
    pub fn times(&self) -> AlertTimes {
        let ms = |seconds: u32| i64::from(seconds) * 1_000;
        let pace = |quiet, cap, attended_max| Pace {
            quiet_ms: ms(quiet),
            cap_ms: ms(cap),
            repeat_ms: ms(self.repeat_s),
            repeat_max_ms: ms(self.repeat_max_s),
            attended_max_ms: ms(attended_max),
        };
        let agents_wait_max = self.agents_after_s.saturating_add(self.attended_max_s);
        AlertTimes {
            guest: pace(self.guest_quiet_s, self.guest_cap_s, self.attended_max_s),
            customer: pace(self.customer_quiet_s, self.customer_cap_s, self.attended_max_s),
            agents: pace(self.agents_after_s, self.agents_after_s, agents_wait_max),
            digest_every_ms: ms(self.agents_digest_every_s),
        }
    }

    /// How much may be mailed.
    pub fn limits(&self, by_server: bool) -> AlertLimits {
        AlertLimits {
            mails_per_s: self.mails_per_s,
            mails_per_domain_s: self.mails_per_domain_s,
            unconfirmed_per_address_day_max: self.unconfirmed_per_address_day_max.into(),
            unconfirmed_per_domain_hour_max: self.unconfirmed_per_domain_hour_max.into(),
            unconfirmed_per_hour_max: self.unconfirmed_per_hour_max.into(),
            by_server,
        }
    }

    /// Whether the numbers go together.
    pub(super) fn check(self) -> Result<Self, ConfigError> {
        let not_0 = [
            ("alerts.repeat_s", self.repeat_s),
            ("alerts.repeat_max_s", self.repeat_max_s),
            ("alerts.mails_per_s", self.mails_per_s),
            ("alerts.mails_per_domain_s", self.mails_per_domain_s),
            ("alerts.unconfirmed_per_address_day_max", self.unconfirmed_per_address_day_max),
            ("alerts.unconfirmed_per_domain_hour_max", self.unconfirmed_per_domain_hour_max),
            ("alerts.unconfirmed_per_hour_max", self.unconfirmed_per_hour_max),
        ];
        for (key, number) in not_0 {
            at_least_1(key, number)?;
        }
        let pairs = [
            ("alerts.guest_cap_s", self.guest_quiet_s, self.guest_cap_s),
            ("alerts.customer_cap_s", self.customer_quiet_s, self.customer_cap_s),
            ("alerts.repeat_max_s", self.repeat_s, self.repeat_max_s),
        ];
        for (key, least, most) in pairs {
            if most < least {
                return Err(value(key, format!("at least the {least} s that it is the limit of")));
            }
        }
        Ok(self)
    }
}
