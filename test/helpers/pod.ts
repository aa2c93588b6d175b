// A pod of Kubernetes as processes on a host of its own: what a kubelet makes of the pod's manifest.

import { chownSync, chmodSync, mkdirSync, symlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Container, EnvVar, HttpProbe, Manifest, PodTemplate } from './manifests.ts';
import type { NetworkNamespace } from './namespaces.ts';
import { BIN, type Program } from './programs.ts';
import { repositoryPath } from './repository.ts';

const SCRIPT = repositoryPath('test/peers/container.sh');
const REPOSITORY = repositoryPath('.');

export interface PodPlace {
  readonly host: NetworkNamespace;
  readonly address: string;
  readonly nodeName: string;
  /** Of the node; a pod has it as a label since Kubernetes 1.35. */
  readonly zone: string | undefined;
  /** Of the pod alone. */
  readonly folder: string;
  /** A resolv.conf. */
  readonly resolvConf: string;
}

export class Pod {
  readonly place: PodPlace;
  /** By the names of its containers. */
  readonly programs: ReadonlyMap<string, Program>;
  readonly #template: PodTemplate;

  constructor(t: TestContext, template: PodTemplate, manifest: Manifest, place: PodPlace) {
    this.place = place;
    this.#template = template;
    this.#makeVolumes(manifest);
    this.programs = new Map(
      template.spec.containers.map((container) => [container.name, this.#start(t, container)]),
    );
  }

  program(name: string): Program {
    return this.programs.get(name)!;
  }

  /** URLs that a kubelet asks. */
  probes(kind: 'readinessProbe' | 'livenessProbe'): string[] {
    return this.#template.spec.containers.map((container) =>
      this.#urlOf(container, container[kind]),
    );
  }

  /** `http://ADDRESS:PORT` of a port by its name. */
  origin(portName: string): string {
    const ports = this.#template.spec.containers.flatMap(({ ports }) => ports);
    const { containerPort } = ports.find(({ name }) => name === portName)!;
    return `http://${this.place.address}:${containerPort}`;
  }

  /** Tells all containers to end, as when the pod is deleted. */
  end(): void {
    for (const program of this.programs.values()) program.child.kill('SIGTERM');
  }

  /** Replaces the files of a ConfigMap as a kubelet does: the link `..data` leads to another folder. */
  updateConfig(volume: string, files: Readonly<Record<string, string>>): void {
    const folder = this.#volumeFolder(volume);
    const version = `..${process.hrtime.bigint()}`;
    mkdirSync(join(folder, version));
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(folder, version, name), text);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  }

  #makeVolumes(manifest: Manifest): void {
    const { volumes, securityContext } = this.#template.spec;
    for (const { name, configMap } of volumes) {
      const folder = this.#volumeFolder(name);
      mkdirSync(folder);
      if (configMap === undefined) {
        chownSync(folder, 0, securityContext.fsGroup);
        chmodSync(folder, 0o2775);
        continue;
      }
      const files = manifest.configMap(configMap.name);
      this.updateConfig(name, files);
      for (const file of Object.keys(files)) symlinkSync(join('..data', file), join(folder, file));
    }
  }

  #start(t: TestContext, container: Container): Program {
    const { runAsUser, fsGroup } = this.#template.spec.securityContext;
    const { folder, host, resolvConf } = this.place;
    const root = join(folder, container.name);
    mkdirSync(root);
    const mounts = [
      [REPOSITORY, REPOSITORY, 'ro'],
      [process.execPath, process.execPath, 'ro'],
      [resolvConf, '/etc/resolv.conf', 'ro'],
      ...(container.volumeMounts ?? []).map(({ name, mountPath, readOnly = false }) => [
        this.#volumeFolder(name),
        mountPath,
        readOnly ? 'ro' : 'rw',
      ]),
    ];
    const env = this.#environment(container.env);
    return host.start(
      t,
      ...(['unshare', '-m', 'sh', SCRIPT, root, String(runAsUser), String(fsGroup)] as const),
      ...mounts.flat(),
      ...['--', 'env', '-i', 'PATH=/usr/bin', ...env.map(([name, value]) => `${name}=${value}`)],
      // The entry point of the image.
      ...[process.execPath, BIN],
      ...container.args.map((arg) => expand(arg, env)),
    );
  }

  #environment(vars: readonly EnvVar[]): [name: string, value: string][] {
    return vars.map(({ name, value, valueFrom }): [string, string] => [
      name,
      value ?? this.#field(valueFrom!.fieldRef.fieldPath),
    ]);
  }

  #field(path: string): string {
    const { address, nodeName, zone } = this.place;
    if (path === 'status.podIP') return address;
    if (path === 'spec.nodeName') return nodeName;
    const label = /^metadata\.labels\['(.+)'\]$/.exec(path)?.[1];
    if (label === undefined) throw new Error(`no field ${path}`);
    const labels: Record<string, string | undefined> = {
      ...this.#template.metadata.labels,
      'topology.kubernetes.io/zone': zone,
    };
    return labels[label] ?? '';
  }

  #urlOf({ ports }: Container, { httpGet }: HttpProbe): string {
    const { containerPort } = ports.find(({ name }) => name === httpGet.port)!;
    return `http://${this.place.address}:${containerPort}${httpGet.path}`;
  }

  #volumeFolder(name: string): string {
    return join(this.place.folder, `volume-${name}`);
  }
}

/** `$(NAME)` is the value of that variable; one that is not defined stays as it is. */
function expand(text: string, env: readonly [name: string, value: string][]): string {
  const values = new Map(env);
  return text.replace(/\$\((\w+)\)/g, (whole, name: string) => values.get(name) ?? whole);
}
