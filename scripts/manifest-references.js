// Whether what one object of a manifest says of another is so: selectors, names of ports, of volumes and of objects.

/** @returns what is wrong with these objects, in words */
export function referenceFindings(objects) {
  const workloads = objects.filter(({ spec }) => spec?.template !== undefined);
  const pods = workloads.map(({ spec }) => spec.template);
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  return [
    ...names
      .filter((name, index) => names.indexOf(name) < index)
      .map((name) => `two objects are ${name}`),
    ...workloads.flatMap((workload) => workloadFindings(workload, names)),
    ...objects.flatMap((object) => selectingFindings(object, pods)),
  ];
}

function workloadFindings({ metadata, spec: { selector, template } }, names) {
  const { volumes = [], containers } = template.spec;
  const mounted = containers.flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map(({ name }) => name),
  );
  const configMaps = volumes
    .filter(({ name, configMap }) => name === 'config' && configMap !== undefined)
    .map(({ configMap }) => `ConfigMap ${configMap.name}`);
  return [
    ...(selects(selector.matchLabels, template) ? [] : ['it does not select its own pods']),
    ...volumes
      .filter(({ name }) => !mounted.includes(name))
      .map(({ name }) => `nobody mounts ${name}`),
    ...mounted
      .filter((mount) => !volumes.some(({ name }) => name === mount))
      .map((mount) => `there is no volume ${mount}`),
    ...configMaps.filter((name) => !names.includes(name)).map((name) => `there is no ${name}`),
    ...containers.flatMap((container) => probeFindings(container)),
  ].map((what) => `${metadata.name}: ${what}`);
}

function probeFindings({ name, ports = [], readinessProbe, livenessProbe }) {
  return [readinessProbe, livenessProbe]
    .filter((probe) => !ports.some((port) => port.name === probe?.httpGet?.port))
    .map(() => `${name} has a probe of a port that it does not have`);
}

/** Of Services and NetworkPolicies. */
function selectingFindings({ kind, metadata, spec }, pods) {
  const selected = { Service: spec?.selector, NetworkPolicy: spec?.podSelector?.matchLabels }[kind];
  if (selected === undefined) return [];
  const chosen = pods.filter((pod) => selects(selected, pod));
  const ports = chosen.flatMap(({ spec: { containers } }) =>
    containers.flatMap(({ ports = [] }) => ports),
  );
  const isThere = ({ port, targetPort = port, protocol }) =>
    ports.some((one) => one.name === targetPort && one.protocol === protocol);
  const asked = kind === 'Service' ? spec.ports : spec.ingress.flatMap(({ ports }) => ports);
  return [
    ...(chosen.length === 1 ? [] : [`it selects ${chosen.length} kinds of pods`]),
    ...asked.filter((one) => !isThere(one)).map((one) => `there is no port ${JSON.stringify(one)}`),
  ].map((what) => `${kind} ${metadata.name}: ${what}`);
}

function selects(labels, { metadata }) {
  return Object.entries(labels).every(([key, value]) => metadata.labels[key] === value);
}
