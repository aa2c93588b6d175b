// What Pod Security's level "restricted" asks of a pod (kubernetes.io/docs/concepts/security/pod-security-standards),
// and what this project asks beyond that: no account, no roles, no variables of Services, no writable root.

const RIGHTS = ['rbac.authorization.k8s.io/v1', 'ServiceAccount'];
const ADMITTED_VOLUMES = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];

/** @returns what is wrong with an object, in words; of one that gives rights too */
export function podFindings(object) {
  const { apiVersion, kind, metadata, spec } = object;
  const name = `${kind} ${metadata.name}`;
  if (RIGHTS.some((one) => one === apiVersion || one === kind)) {
    return [`${name}: gives rights at the API server`];
  }
  const pod = spec?.template?.spec;
  if (pod === undefined) return [];
  return [
    ...findingsOf(pod, POD_RULES),
    ...pod.containers.flatMap((container) =>
      findingsOf(container, CONTAINER_RULES).map((what) => `${container.name}: ${what}`),
    ),
  ].map((what) => `${name}: ${what}`);
}

const POD_RULES = {
  'mount no token of an account': ({ automountServiceAccountToken: mounts }) => mounts === false,
  'take no variables of Services': ({ enableServiceLinks: links }) => links === false,
  'run as another user than root': ({ securityContext: { runAsNonRoot, runAsUser } }) =>
    runAsNonRoot === true && runAsUser !== 0,
  'have the seccomp profile of the runtime': ({ securityContext: { seccompProfile } }) =>
    seccompProfile.type === 'RuntimeDefault',
  "share no namespace but the node's network": ({ hostPID, hostIPC }) => !hostPID && !hostIPC,
  'have only volumes that are admitted': ({ volumes = [] }) =>
    volumes.every((volume) => ADMITTED_VOLUMES.some((kind) => kind in volume)),
};

const CONTAINER_RULES = {
  'gain no privileges': ({ securityContext: { allowPrivilegeEscalation, privileged } }) =>
    allowPrivilegeEscalation === false && privileged !== true,
  'have a root that is read only': ({ securityContext }) => securityContext.readOnlyRootFilesystem,
  'have no capabilities': ({ securityContext: { capabilities } }) =>
    capabilities.drop.includes('ALL') && capabilities.add === undefined,
  'take no port of the node': ({ ports = [] }) =>
    ports.every(({ hostPort }) => hostPort === undefined),
};

function findingsOf(subject, rules) {
  const holds = (rule) => {
    try {
      return rule(subject) === true;
    } catch {
      // Something of it is missing.
      return false;
    }
  };
  return Object.entries(rules)
    .filter(([, rule]) => !holds(rule))
    .map(([words]) => `must ${words}`);
}
