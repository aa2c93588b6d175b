// Panels, queries and variables as our dashboards have them. Each shows one data source, which its reader chooses.

import {
  AxisPlacement,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  StackingConfigBuilder,
  StackingMode,
  TableCellDisplayMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  QueryVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Panels of one row share the 24 columns of the grid. */
const ROW_HEIGHT = 8;

/**
 * A dashboard without panels.
 *
 * @param {string} uid
 * @param {string} title
 * @param {string} description
 * @param {QueryVariableBuilder[]} variables  beside that of the data source
 */
export function dashboard(uid, title, description, variables) {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['echogram'])
    .timezone('browser')
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('echogram')
        .type(DashboardLinkType.Dashboards)
        .tags(['echogram'])
        .includeVars(true)
        .keepTime(true),
    )
    .annotation(firingAlerts())
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    );
  for (const one of variables) builder.withVariable(one);
  return builder;
}

/** Shown where the rules of deploy/prometheus are loaded. */
function firingAlerts() {
  return new AnnotationQueryBuilder()
    .name('Alerts')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('red')
    .expr('ALERTS{alertname=~"Echogram.+", alertstate="firing", instance=~"$instance"}');
}

/**
 * A choice of the values of a label; all of them at first.
 *
 * @param {string} name  of the label
 * @param {string} selector  the series that have it
 */
export function variable(name, selector) {
  return new QueryVariableBuilder(name)
    .datasource(DATASOURCE)
    .query(`label_values(${selector}, ${name})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' });
}

/**
 * @param {string} expr
 * @param {string} legend
 */
export function query(expr, legend) {
  return new DataqueryBuilder().datasource(DATASOURCE).expr(expr).legendFormat(legend).range();
}

/**
 * A column of a table, by the name of the query.
 *
 * @param {string} expr
 * @param {string} refId
 */
export function column(expr, refId) {
  return new DataqueryBuilder()
    .datasource(DATASOURCE)
    .expr(expr)
    .format(PromQueryFormat.Table)
    .instant()
    .refId(refId);
}

/**
 * Lines over time.
 *
 * @param {string} title
 * @param {string} description
 * @param {string} unit
 * @param {DataqueryBuilder[]} queries
 */
export function lines(title, description, unit, queries) {
  return new timeseries.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .min(0)
    .height(ROW_HEIGHT)
    .span(8)
    .fillOpacity(0)
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .targets(queries.map((one, at) => one.refId('ABCDEF'.charAt(at))));
}

/**
 * Shares of a sum over time, upon each other.
 *
 * @param {string} title
 * @param {string} description
 * @param {string} unit
 * @param {DataqueryBuilder[]} queries
 */
export function stack(title, description, unit, queries) {
  return lines(title, description, unit, queries)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .lineWidth(0)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
}

/**
 * One number, with the colour of its threshold.
 *
 * @param {string} title
 * @param {string} description
 * @param {string} unit
 * @param {string} expr
 * @param {{ red?: number }} limits  from which on it is red; never without
 */
export function figure(title, description, unit, expr, { red } = {}) {
  return new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .height(4)
    .span(4)
    .thresholds(limitAt(red))
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .withTarget(new DataqueryBuilder().datasource(DATASOURCE).expr(expr).instant().refId('A'));
}

/**
 * A table of one row for each set of labels, the greatest of a column first.
 *
 * @param {string} title
 * @param {string} description
 * @param {DataqueryBuilder[]} columns
 * @param {{ order: readonly string[], worst: string, hidden?: string }} shown  labels and columns in their order, what it is
 *   sorted by, and the column that is there for its labels alone
 */
export function rows(title, description, columns, { order, worst, hidden }) {
  const indexByName = Object.fromEntries(order.map((name, at) => [valueField(name, columns), at]));
  const renameByName = Object.fromEntries(order.map((name) => [valueField(name, columns), name]));
  const excludeByName = { Time: true, ...(hidden && { [valueField(hidden, columns)]: true }) };
  return new table.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .height(10)
    .span(24)
    .filterable(true)
    .targets(columns)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: { excludeByName, indexByName, renameByName },
    })
    .withTransformation({
      id: 'sortBy',
      options: { fields: {}, sort: [{ field: worst, desc: true }] },
    });
}

/**
 * What a merged table calls the column of a query, or a label.
 *
 * @param {string} name
 * @param {DataqueryBuilder[]} columns
 */
function valueField(name, columns) {
  return columns.some((one) => one.build().refId === name) ? `Value #${name}` : name;
}

/**
 * A table with a row and a column for each value of two labels, coloured by its cells.
 *
 * @param {string} title
 * @param {string} description
 * @param {string} unit
 * @param {string} expr
 * @param {{ row: string, column: string, steps: readonly (readonly [number, string])[] }} shown  colours from a value on
 */
export function matrix(title, description, unit, expr, { row, column: columnField, steps }) {
  return new table.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .height(10)
    .span(12)
    .thresholds(stepsOf(steps))
    .cellOptions({ type: TableCellDisplayMode.ColorBackground })
    .withTarget(column(expr, 'cells'))
    .withTransformation({
      id: 'groupingToMatrix',
      options: { rowField: row, columnField, valueField: 'Value', emptyValue: 'null' },
    });
}

/**
 * An echogram: time to the right, round-trip time upwards, stronger where there are more replies.
 *
 * @param {string} title
 * @param {string} description
 * @param {string} buckets  an expression by `le`
 */
export function echogram(title, description, buckets) {
  return new heatmap.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .height(12)
    .span(24)
    .withTarget(query(buckets, '{{le}}').format(PromQueryFormat.Heatmap).refId('A'))
    .calculate(false)
    .cellGap(0)
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Viridis')
        .scale(heatmap.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    )
    .yAxis(new heatmap.YAxisConfigBuilder().unit('s').decimals(1).axisPlacement(AxisPlacement.Left))
    .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
    .showLegend()
    .tooltip(new heatmap.HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true));
}

/** An axis on which each tenfold has the same height. */
export function logarithmic() {
  return new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10);
}

/** @param {number | undefined} red */
function limitAt(red) {
  return stepsOf(red === undefined ? [] : [[red, 'red']]);
}

/** @param {readonly (readonly [number, string])[]} steps */
function stepsOf(steps) {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'green' }, ...steps.map(([value, color]) => ({ value, color }))]);
}

/** The colour of a cell or number is that of its threshold. */
export function byThresholds() {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}
