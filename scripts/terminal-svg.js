// What a terminal shows, as tmux captures it with its colours, drawn as SVG: text if it is text, and rectangles for
// the blocks of a picture, which no font puts together without seams.

const FONT_PX = 15.5;
const CELL_WIDTH = 9.332;
const CELL_HEIGHT = 18;
const MARGIN = 16;
const BAR_HEIGHT = 34;

/** Colours of the window itself; those of a picture are xterm's in both. */
const THEMES = {
  light: { ground: '#ffffff', text: '#1f2933', bar: '#eceff2', muted: '#5b6770', edge: '#d0d7de' },
  dark: { ground: '#0d141b', text: '#dce4ea', bar: '#1a232c', muted: '#94a3b0', edge: '#30363d' },
};

/** Which part of its cell a block covers: from the top, and how much. */
const BLOCKS = { '█': [0, 1], '▀': [0, 0.5], '▄': [0.5, 0.5] };

/**
 * @param screen  lines with their escape sequences
 * @param title   for the bar of the window
 */
export function terminalSvg(screen, title, themeName) {
  const theme = THEMES[themeName];
  const lines = screen.map((line) => cellsOf(line));
  const columns = Math.max(...lines.map(({ length }) => length));
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = lines.length * CELL_HEIGHT + 2 * MARGIN + BAR_HEIGHT;
  const drawn = lines.flatMap((cells, row) => drawLine(cells, row, theme));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<style>text{font:${FONT_PX}px 'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="${theme.ground}" stroke="${theme.edge}"/>`,
    `<path d="M0.5 ${BAR_HEIGHT}V9.5a9 9 0 0 1 9-9H${width - 9.5}a9 9 0 0 1 9 9V${BAR_HEIGHT}z" fill="${theme.bar}"/>`,
    ...[20, 38, 56].map((x) => `<circle cx="${x}" cy="17" r="5.5" fill="${theme.edge}"/>`),
    `<text x="${width / 2}" y="22" text-anchor="middle" fill="${theme.muted}">${escapeMarkup(title)}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

/** The characters of a line, each with its colours; blanks at the end are not seen. */
function cellsOf(line) {
  const cells = [];
  let style = {};
  for (const [, codes, character] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b])/gu)) {
    if (character === undefined) style = styleAfter(style, codes.split(';').map(Number));
    else cells.push({ character, ...style });
  }
  return cells;
}

/** Select Graphic Rendition (ECMA-48 section 8.3.117), as far as echogram uses it. */
function styleAfter(before, codes) {
  const style = { ...before };
  while (codes.length > 0) {
    const code = codes.shift();
    if (code === 0) for (const name of Object.keys(style)) delete style[name];
    else if (code === 1) style.isBold = true;
    else if (code === 39) delete style.front;
    else if (code === 49) delete style.back;
    else if (code === 38 || code === 48) {
      const [, index] = codes.splice(0, 2);
      style[code === 38 ? 'front' : 'back'] = xtermColour(index);
    }
  }
  return style;
}

/** The 6 × 6 × 6 colours and the greys of xterm. */
function xtermColour(index) {
  if (index >= 232) return hex([0, 0, 0].map(() => 8 + 10 * (index - 232)));
  const level = (part) => (part === 0 ? 0 : 55 + 40 * part);
  const cube = index - 16;
  return hex([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level));
}

function hex(channels) {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function drawLine(cells, row, theme) {
  const top = BAR_HEIGHT + MARGIN + row * CELL_HEIGHT;
  const drawn = [];
  for (let at = 0; at < cells.length;) {
    const cell = cells[at];
    const x = MARGIN + at * CELL_WIDTH;
    if (cell.back !== undefined) drawn.push(rect(x, top, 1, cell.back));
    if (cell.character in BLOCKS) {
      const [from, share] = BLOCKS[cell.character];
      drawn.push(rect(x, top + from * CELL_HEIGHT, share, cell.front ?? theme.text));
      at++;
      continue;
    }
    let end = at + 1;
    while (end < cells.length && isAlike(cells[end], cell)) end++;
    drawn.push(...textOf(cells.slice(at, end), x, top, theme));
    at = end;
  }
  return drawn;
}

/** The same text goes on: characters are put together, so that they can be searched for and copied. */
function isAlike(next, cell) {
  const isSameStyle = next.front === cell.front && next.isBold === cell.isBold;
  return isSameStyle && next.back === undefined && !(next.character in BLOCKS);
}

function rect(x, y, share, fill) {
  const [width, height] = [CELL_WIDTH + 0.05, share * CELL_HEIGHT];
  return `<rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${height}" fill="${fill}" shape-rendering="crispEdges"/>`;
}

function textOf(cells, x, top, theme) {
  const text = cells.map(({ character }) => character).join('');
  if (text.trim() === '') return [];
  const [{ front = theme.text, isBold }] = cells;
  const weight = isBold ? ' font-weight="bold"' : '';
  const length = (cells.length * CELL_WIDTH).toFixed(2);
  return [
    `<text x="${x.toFixed(2)}" y="${top + 14}" fill="${front}"${weight} textLength="${length}">${escapeMarkup(text)}</text>`,
  ];
}

function escapeMarkup(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
