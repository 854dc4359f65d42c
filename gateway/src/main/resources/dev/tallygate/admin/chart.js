// Charts over time, each with its figures as a table for whoever cannot or will not read a chart.
import { html, useEffect, useRef, useState } from './lib.js';
import { clock, count, short } from './format.js';

const DAY_SECONDS = 86_400;

/** What a colour of the style sheet is now: a canvas knows no variables. */
function colour(name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const stamp = (seconds, step) =>
  step >= DAY_SECONDS ? new Date(seconds * 1000).toISOString().slice(0, 10) : clock(seconds * 1000);

/** Each series on top of those before it. */
const stack = (series) =>
  series.map((_, i) =>
    series[0].values.map((_, at) =>
      series.slice(0, i + 1).reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
    ),
  );

/** Points between gaps: no line would show them. */
const isolated = (chart, which) =>
  chart.data[which].flatMap((value, i, all) => (value != null && all[i - 1] == null && all[i + 1] == null ? [i] : []));

function options(box, { series, times, step, bars, axis = short }, onPoint) {
  const muted = colour('--muted');
  const line = colour('--line');
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const shown = bars ? [...series].reverse() : series;
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, ...(bars ? { points: { show: false } } : {}) },
    tzDate: (seconds) =>
      step >= DAY_SECONDS
        ? window.uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC')
        : new Date(seconds * 1000),
    scales: {
      x: { range: [times[0] - step / 2, times.at(-1) + step / 2] },
      y: { range: (_, low, high) => [0, Math.max(high * 1.08, 1)] },
    },
    axes: [
      {
        stroke: muted,
        font,
        size: 28,
        grid: { show: false },
        ticks: { stroke: line, size: 4 },
        values: (_, at) => at.map((s) => (step >= DAY_SECONDS ? stamp(s, step).slice(5) : stamp(s, step))),
      },
      {
        stroke: muted,
        font,
        size: 52,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_, at) => at.map((value) => (Number.isInteger(value) ? axis(value) : '')),
      },
    ],
    series: [
      {},
      ...shown.map(({ colour: name }) =>
        bars
          ? { fill: colour(name), width: 0, points: { show: false }, paths: window.uPlot.paths.bars({ size: [0.78, 28] }) }
          : { stroke: colour(name), width: 1.75, points: { size: 5, fill: colour(name), filter: isolated } },
      ),
    ],
    hooks: { setCursor: [(chart) => onPoint(chart.cursor.idx)] },
  };
}

function Canvas({ chart, onPoint }) {
  const box = useRef(null);
  const drawn = useRef(null);
  const [scheme, setScheme] = useState(0);
  const { series, times, step, bars } = chart;
  const values = bars ? stack(series).reverse() : series.map((each) => each.values);
  const made = [scheme, step, bars, series.map((each) => each.label + each.colour).join()];

  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const again = () => setScheme((n) => n + 1);
    dark.addEventListener('change', again);
    return () => dark.removeEventListener('change', again);
  }, []);
  useEffect(() => {
    const shown = new window.uPlot(options(box.current, chart, onPoint), [times, ...values], box.current);
    const fit = new ResizeObserver(() =>
      shown.setSize({ width: box.current.clientWidth, height: box.current.clientHeight }),
    );
    fit.observe(box.current);
    drawn.current = shown;
    return () => {
      fit.disconnect();
      shown.destroy();
    };
  }, made);
  useEffect(() => {
    const shown = drawn.current;
    shown.scales.x.range = () => [times[0] - step / 2, times.at(-1) + step / 2];
    shown.setData([times, ...values]);
  }, [chart]);
  return html`<div class="canvas" ref=${box} aria-hidden="true"></div>`;
}

function Figures({ chart, title }) {
  const { series, times, step, exact = count } = chart;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${`${title}, figures`}>
      <table class="figures">
        <caption class="unseen">${title}</caption>
        <thead>
          <tr>
            <th scope="col">${step >= DAY_SECONDS ? 'Day (UTC)' : 'From'}</th>
            ${series.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${times
            .map(
              (at, i) => html`<tr key=${at}>
                <th scope="row">${stamp(at, step)}</th>
                ${series.map(
                  ({ values }) => html`<td class="number">${values[i] == null ? '–' : exact(values[i])}</td>`,
                )}
              </tr>`,
            )
            .reverse()}
        </tbody>
      </table>
    </div>
  `;
}

/**
 * times: seconds since the epoch, one every step; series: label, colour (a variable's name) and
 * values, null for none; bars: stacked, else lines; axis and exact: how values are written beside
 * the chart, and where each is told.
 */
export function Chart({ title, summary, chart, empty }) {
  const [at, setAt] = useState(null);
  const [asTable, setAsTable] = useState(false);
  const { series, times, step, exact = count } = chart;
  const nothing = series.every(({ values }) => values.every((value) => !value));
  const point = at !== null && at < times.length ? at : null;
  return html`
    <section class="card chart" aria-label=${title}>
      <header>
        <h2>${title}</h2>
        <span class="muted" aria-hidden="true">${point === null ? summary : stamp(times[point], step)}</span>
      </header>
      <p class="unseen">${summary}</p>
      ${nothing
        ? html`<p class="empty">${empty}</p>`
        : html`
            <${Canvas} chart=${chart} onPoint=${(i) => setAt(i ?? null)} />
            <div class="row spread">
              <ul class="legend">
                ${series.map(
                  ({ label, colour: name, values }) => html`<li key=${label}>
                    <span class="mark" style=${{ '--level': `var(${name})` }}>${label}</span>
                    ${point !== null &&
                    html`<strong aria-hidden="true"> ${values[point] == null ? '–' : exact(values[point])}</strong>`}
                  </li>`,
                )}
              </ul>
              <button
                type="button"
                class="button link"
                aria-expanded=${asTable ? 'true' : 'false'}
                onClick=${() => setAsTable(!asTable)}
              >
                ${asTable ? 'Hide the table' : 'Show as a table'}<span class="unseen">: ${title}</span>
              </button>
            </div>
            ${asTable && html`<${Figures} chart=${chart} title=${title} />`}
          `}
    </section>
  `;
}
