// A small Kubernetes on this machine: nodes on one wire, a name server that lists the ready pods of a headless Service,
// and somebody who asks each pod whether it is ready.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Manifest, PodTemplate } from './manifests.ts';
import { NetworkNamespace } from './namespaces.ts';
import { Pod } from './pod.ts';
import type { Program } from './programs.ts';

const NAMESPACE = 'tried';
const DOMAIN = 'cluster.local';
const NAME_SERVER = '10.77.0.254';
/** What CoreDNS says of a Service. */
const TTL_S = 5;
const ASK_AGAIN_MS = 100;

export interface Answer {
  /** 0 if there was none. */
  readonly status: number;
  readonly body: string;
}

interface NewPod {
  readonly template: PodTemplate;
  readonly manifest: Manifest;
  readonly nodeName: string;
  readonly zone?: string;
}

export class Cluster {
  readonly #t: TestContext;
  /** With the name server, and with those who ask the pods. */
  readonly #centre: NetworkNamespace;
  readonly #folder: string;
  readonly #nameServer: Program;
  readonly #serviceName: string;
  readonly #names = new Map<string, string>();
  readonly #pods: Pod[] = [];
  #listed = '';
  #following: Promise<void> | undefined;
  #isOver = false;

  /** @param serviceName  of the headless Service that all pods belong to */
  static async start(t: TestContext, serviceName: string): Promise<Cluster> {
    const cluster = new Cluster(t, serviceName);
    await cluster.#nameServer.untilStderr(/started, version/);
    cluster.#following = cluster.#followReadiness();
    return cluster;
  }

  private constructor(t: TestContext, serviceName: string) {
    this.#t = t;
    this.#serviceName = serviceName;
    this.#folder = mkdtempSync(join(tmpdir(), 'echogram-cluster-'));
    t.after(async () => {
      this.#isOver = true;
      await this.#following;
      await this.#killAll();
      rmSync(this.#folder, { recursive: true });
    });
    this.#centre = NetworkNamespace.create(t);
    this.#centre.run('ip', 'link', 'add', 'wire', 'type', 'bridge');
    this.#centre.run('ip', 'address', 'add', `${NAME_SERVER}/24`, 'dev', 'wire');
    this.#centre.run('ip', 'link', 'set', 'wire', 'up');
    const domains = [`${NAMESPACE}.svc.${DOMAIN}`, `svc.${DOMAIN}`, DOMAIN];
    const resolvConf = `search ${domains.join(' ')}\nnameserver ${NAME_SERVER}\noptions ndots:5\n`;
    writeFileSync(join(this.#folder, 'resolv.conf'), resolvConf);
    writeFileSync(this.#hostsFile, '');
    this.#nameServer = this.#startNameServer();
  }

  /** Starts a pod on a node of its own. */
  startPod({ template, manifest, nodeName, zone }: NewPod): Pod {
    const number = this.#pods.length + 1;
    const address = `10.77.0.${number}`;
    const folder = join(this.#folder, `pod-${number}`);
    mkdirSync(folder);
    const resolvConf = join(this.#folder, 'resolv.conf');
    const host = this.#join(number, address);
    const place = { host, address, nodeName, zone, folder, resolvConf };
    const pod = new Pod(this.#t, template, manifest, place);
    this.#pods.push(pod);
    return pod;
  }

  /** Has the name server know a name outside of the cluster. */
  setName(name: string, address: string): void {
    this.#names.set(name, address);
  }

  /** Asks from the centre, or from a pod. */
  async ask(url: string, from?: Pod): Promise<Answer> {
    const { name } = from?.place.host ?? this.#centre;
    const curl = ['curl', '--silent', '--max-time', '10', '--write-out', '\n%{http_code}', url];
    const output = await new Promise<string>((resolve) => {
      execFile('ip', ['netns', 'exec', name, ...curl], (_error, stdout) => {
        resolve(stdout);
      });
    });
    const end = output.lastIndexOf('\n');
    return { status: Number(output.slice(end + 1)), body: output.slice(0, end) };
  }

  /** Of each container of a pod. */
  async readiness(pod: Pod): Promise<Answer[]> {
    return await Promise.all(pod.probes('readinessProbe').map((url) => this.ask(url)));
  }

  get #hostsFile(): string {
    return join(this.#folder, 'hosts');
  }

  #join(number: number, address: string): NetworkNamespace {
    const host = NetworkNamespace.create(this.#t);
    this.#centre.run(
      ...['ip', 'link', 'add', `pod${number}`, 'type', 'veth'],
      ...['peer', 'name', 'eth0', 'netns', host.name],
    );
    this.#centre.run('ip', 'link', 'set', `pod${number}`, 'master', 'wire', 'up');
    host.run('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
    // No link-local address of the kernel's: it would stay tentative for a second (RFC 4862).
    host.run('ip', 'link', 'set', 'eth0', 'addrgenmode', 'none');
    host.run('ip', 'link', 'set', 'eth0', 'up');
    return host;
  }

  #startNameServer(): Program {
    return this.#centre.start(
      this.#t,
      'dnsmasq',
      ...['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--user=root'],
      ...['--log-facility=-', `--listen-address=${NAME_SERVER}`, '--bind-interfaces'],
      ...['--no-resolv', '--no-hosts', `--addn-hosts=${this.#hostsFile}`],
      ...[`--local=/${DOMAIN}/`, `--local-ttl=${TTL_S}`],
    );
  }

  /** What the kubelets and the controller of endpoints do: the name server lists the pods that are ready. */
  async #followReadiness(): Promise<void> {
    while (!this.#isOver) {
      const ready = await Promise.all(this.#pods.map((pod) => this.#isReady(pod)));
      const name = `${this.#serviceName}.${NAMESPACE}.svc.${DOMAIN}`;
      const lines = [
        ...this.#pods
          .filter((_, index) => ready[index])
          .map(({ place }) => `${place.address} ${name}\n`),
        ...[...this.#names].map(([outside, address]) => `${address} ${outside}\n`),
      ];
      this.#list(lines.join(''));
      await pause(ASK_AGAIN_MS);
    }
  }

  async #isReady(pod: Pod): Promise<boolean> {
    return (await this.readiness(pod)).every(({ status }) => status === 200);
  }

  #list(hosts: string): void {
    if (hosts === this.#listed) return;
    this.#listed = hosts;
    writeFileSync(this.#hostsFile, hosts);
    this.#nameServer.child.kill('SIGHUP');
  }

  async #killAll(): Promise<void> {
    const programs = this.#pods.flatMap((pod) => [...pod.programs.values()]);
    for (const { child } of programs) child.kill('SIGKILL');
    await Promise.all(programs.map((program) => program.ended()));
  }
}
