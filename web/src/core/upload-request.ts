// One file on its way up, as one request: by XMLHttpRequest, since `fetch` tells nothing of the way.
// A line that is silent for too long is given up: the caller tries again under the same key.
import type { Attachment, ClientId } from '../protocol';
import { problemIn, spoken, Unreachable } from './api';
import { visibleNames } from './bidi';
import type { Clock } from './clock';

/** Nothing went up for this long. The hub gives a silent sender as much. */
export const stalled_ms_max = 30_000;
/** All is up, and the hub keeps it, makes a small picture, maybe far away. */
export const answer_ms_max = 90_000;

export interface UploadRequest {
  url: string;
  key: ClientId;
  bytes: Blob;
  clock: Clock;
  onProgress: (sent_bytes: number) => void;
}

export interface Uploading {
  /** Rejects with `Refused` or `Unreachable`, and never once it was stopped. */
  answer: Promise<Attachment>;
  stop: () => void;
}

export function upload({ url, key, bytes, clock, onProgress }: UploadRequest): Uploading {
  const request = new XMLHttpRequest();
  let cancel = () => {};
  const patience = (ms: number) => {
    cancel();
    cancel = clock.after(ms, () => request.abort());
  };
  let stopped = false;
  const answer = new Promise<Attachment>((resolve, reject) => {
    request.open('POST', url);
    request.setRequestHeader('Accept', 'application/json, application/problem+json');
    request.setRequestHeader('Accept-Language', spoken());
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('Idempotency-Key', key);
    request.upload.onprogress = ({ loaded }) => {
      patience(loaded < bytes.size ? stalled_ms_max : answer_ms_max);
      onProgress(loaded);
    };
    request.onloadend = () => {
      cancel();
      if (stopped) return;
      try {
        resolve(read(request));
      } catch (error) {
        reject(error);
      }
    };
    patience(stalled_ms_max);
    request.send(bytes);
  });
  const stop = () => {
    stopped = true;
    cancel();
    request.abort();
  };
  return { answer, stop };
}

function read(request: XMLHttpRequest): Attachment {
  const type = request.getResponseHeader('Content-Type') ?? '';
  if (request.status >= 200 && request.status < 300 && type.includes('json'))
    return JSON.parse(request.responseText, visibleNames) as Attachment;
  if (type.includes('problem+json')) throw problemIn(request.responseText);
  throw new Unreachable(`an answer that is not the hub's: ${request.status}`);
}
