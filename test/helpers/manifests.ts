// Kubernetes objects, as far as a kubelet needs them to run a pod.

import assert from 'node:assert/strict';
import { parseAllDocuments } from 'yaml';
import { repositoryText } from './repository.ts';

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

export interface HttpProbe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe: HttpProbe;
  readonly livenessProbe: HttpProbe;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly securityContext: { readonly runAsUser: number; readonly fsGroup: number };
    readonly volumes: readonly {
      readonly name: string;
      readonly configMap?: { readonly name: string };
      readonly emptyDir?: object;
    }[];
  };
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template?: PodTemplate };
}

/** The objects of a file. */
export class Manifest {
  readonly #objects: readonly KubernetesObject[];

  /** @param file  of the repository */
  constructor(file: string) {
    const documents = parseAllDocuments(repositoryText(file));
    this.#objects = documents
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((object) => object !== null);
  }

  nameOf(kind: string): string {
    return this.#the(kind, () => true).metadata.name;
  }

  podOf(kind: 'DaemonSet' | 'Deployment'): PodTemplate {
    return this.#the(kind, () => true).spec!.template!;
  }

  configMap(name: string): Readonly<Record<string, string>> {
    return this.#the('ConfigMap', ({ metadata }) => metadata.name === name).data!;
  }

  #the(kind: string, isWanted: (object: KubernetesObject) => boolean): KubernetesObject {
    const [found, ...others] = this.#objects.filter(
      (object) => object.kind === kind && isWanted(object),
    );
    assert.ok(found !== undefined && others.length === 0, `not exactly one ${kind}`);
    return found;
  }
}
