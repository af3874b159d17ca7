/** The vsock device as the runner sees it. */
import { sparingLog } from './sparing-log.js';

export interface DeviceOptions {
  /** where the device listens for QEMU: vhost-user */
  readonly socketPath: string;
  /** of unix sockets in HyperKit's convention */
  readonly directory: string;
  readonly cid: number;
  log(level: 'error' | 'warn' | 'info' | 'debug', text: string): void;
}

export interface Device {
  close(): Promise<void>;
}

export type OpenDevice = (options: DeviceOptions) => Promise<Device>;

/** Loaded only when a hypervisor needs it. */
const MODULE = './vsock/device.js';

export const openDevice: OpenDevice = async (options) => {
  const { VsockDevice } = (await import(MODULE)) as { VsockDevice: { open: OpenDevice } };
  // Most of what it says is caused by the guest.
  return await VsockDevice.open({ ...options, log: sparingLog((level, text) => options.log(level, text)) });
};
