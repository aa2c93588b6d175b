// SPDX-License-Identifier: MIT
// An EventTarget whose event names and details the compiler knows.

/** Called with an event of one type; its `detail` is that type's. */
export type TypedListener<Detail> =
  ((event: CustomEvent<Detail>) => void) | { handleEvent(event: CustomEvent<Detail>): void };

type ListenerOptions = Parameters<EventTarget['addEventListener']>[2];
type AnyListener = Parameters<EventTarget['addEventListener']>[1];

/** `Events` maps each event's name to the type of its detail. */
export class TypedEventTarget<Events extends object> extends EventTarget {
  override addEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: TypedListener<Events[Type]>,
    options?: ListenerOptions,
  ): void {
    super.addEventListener(type, listener as AnyListener, options);
  }

  override removeEventListener<Type extends keyof Events & string>(
    type: Type,
    listener: TypedListener<Events[Type]>,
    options?: ListenerOptions,
  ): void {
    super.removeEventListener(type, listener as AnyListener, options);
  }

  protected emit<Type extends keyof Events & string>(type: Type, detail: Events[Type]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
