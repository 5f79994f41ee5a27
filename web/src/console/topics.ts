// The site's topics and their fields, in the page's language.

import { locale } from '../i18n';
import type { Site } from '../protocol';

const inLanguage = (labels: { [key in string]: string } | undefined): string | undefined =>
  labels?.[locale.value] ?? labels?.en;

export function topicName(site: Site | null, key: string): string {
  return inLanguage(site?.topics.find((topic) => topic.key === key)?.label) ?? key;
}

export function fieldName(site: Site | null, topic_key: string, key: string): string {
  const topic = site?.topics.find((each) => each.key === topic_key);
  return inLanguage(topic?.fields.find((field) => field.key === key)?.label) ?? key;
}
