// What the canvases of a page show, pixel by pixel. Scripts for the page are text, because tests are compiled without
// a browser's types.

import type { Page } from 'playwright-core';
import { COLUMNS } from './page-scenario.ts';

export interface ColumnPixels {
  /** Rows of opaque pixels: echoes. What is drawn beside them lets the ground through. */
  readonly echoes: readonly number[];
  /** The colour in the middle of the lower half, without its strength. */
  readonly ground: readonly number[];
}

/** What the echogram's canvas has in the middle of each column. */
export async function readColumns(page: Page): Promise<readonly ColumnPixels[]> {
  return await page.evaluate(`(() => {
    const canvas = document.querySelector('#echogram canvas');
    const over = document.querySelector('#echogram .u-over').getBoundingClientRect();
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    const [left, top] = [(over.left - box.left) * scale, (over.top - box.top) * scale];
    const [width, height] = [over.width * scale, over.height * scale];
    const context = canvas.getContext('2d');
    return Array.from({ length: ${COLUMNS} }, (_, column) => {
      const x = Math.floor(left + ((column + 0.5) * width) / ${COLUMNS});
      const { data } = context.getImageData(x, Math.ceil(top), 1, Math.floor(height));
      const echoes = [];
      for (let y = 0; y < data.length / 4; y++) if (data[4 * y + 3] === 255) echoes.push(y);
      const at = 4 * (Math.floor(height) - 7);
      return { echoes, ground: [...data.slice(at, at + 4)] };
    });
  })()`);
}

/** How much of each column of the last track is painted, from 0 to 1. */
export async function readHostTrack(page: Page): Promise<readonly number[]> {
  return await page.evaluate(`(() => {
    const canvas = [...document.querySelectorAll('#echogram canvas')].at(-1);
    const over = [...document.querySelectorAll('#echogram .u-over')].at(-1).getBoundingClientRect();
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    const [left, top] = [(over.left - box.left) * scale, (over.top - box.top) * scale];
    const [width, height] = [over.width * scale, Math.floor(over.height * scale)];
    const context = canvas.getContext('2d');
    return Array.from({ length: ${COLUMNS} }, (_, column) => {
      const x = Math.floor(left + ((column + 0.5) * width) / ${COLUMNS});
      const { data } = context.getImageData(x, Math.ceil(top), 1, height);
      // The lines of the grid let more through.
      const isPainted = (_, y) => data[4 * y + 3] > 90;
      return Array.from({ length: height }).filter(isPainted).length / height;
    });
  })()`);
}

/** The bars of the distribution: how high it is painted, from pixel to pixel, if it is at all. */
export async function readBars(page: Page): Promise<readonly number[]> {
  return await page.evaluate(`(() => {
    const canvas = document.querySelector('#distribution canvas');
    const context = canvas.getContext('2d');
    const bar = getComputedStyle(document.documentElement).getPropertyValue('--bar').trim();
    const channels = [1, 3, 5].map((at) => parseInt(bar.slice(at, at + 2), 16));
    return Array.from({ length: canvas.width }, (_, x) => {
      const { data } = context.getImageData(x, 0, 1, canvas.height);
      const isBar = (_, y) => channels.every((value, at) => data[4 * y + at] === value);
      return Array.from({ length: canvas.height }).findIndex(isBar);
    }).filter((top) => top >= 0).map((top) => canvas.height - top);
  })()`);
}

/** True for two colours that look alike. */
export function isNear(actual: readonly number[], [red, green, blue]: readonly number[]): boolean {
  return [red!, green!, blue!].every((value, channel) => Math.abs(value - actual[channel]!) <= 4);
}
