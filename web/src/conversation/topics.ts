// The site's own words: topics and their fields come with a label in each language the owner wrote.
import type { Site, Topic } from '../protocol';

/** The wanted language, else English, else whatever there is. */
export function inLanguage(texts: { [key in string]?: string }, language: string): string {
  return texts[language] ?? texts.en ?? Object.values(texts)[0] ?? '';
}

export const topicOf = (site: Site, key: string): Topic | undefined =>
  site.topics.find((topic) => topic.key === key);

export function topicName(site: Site, key: string, language: string): string {
  const topic = topicOf(site, key);
  return topic ? inLanguage(topic.label, language) : key;
}
