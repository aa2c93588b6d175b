// SPDX-License-Identifier: MIT
// Who is told of alerts, from the configuration.

import { httpUrl } from '../../options/http-url.ts';
import { readAt } from '../config/config-fault.ts';
import type { WatchConfig } from '../config/watch-config.ts';
import { ALERTMANAGER, WEBHOOK, type NoticeFormat } from './notice-format.ts';

export interface Receiver {
  readonly url: string;
  readonly format: NoticeFormat;
}

const RECEIVER_URL = httpUrl('http://alertmanager.example.net:9093');

/** @throws ConfigFaultError, which does not show the URL: it may have a password */
export function planNotify(notify: WatchConfig['notify'] = {}): readonly Receiver[] {
  return [ALERTMANAGER, WEBHOOK].flatMap((format) => {
    const given = notify[format.kind];
    const urls = given === undefined ? [] : [given].flat();
    return urls.map((url, index) => {
      const place = typeof given === 'string' ? [] : [index];
      const path = ['notify', format.kind, ...place];
      return { url: readAt(path, RECEIVER_URL, url), format };
    });
  });
}
