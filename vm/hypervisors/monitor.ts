/** What can be asked of a hypervisor that runs, and what it tells. */

export interface Monitor {
  /** Presses the power button; resolves when that is done, not when the guest is off. */
  powerButton(): Promise<void>;
  close(): void;
}

export interface MonitorEvents {
  /** the guest was reset, by itself or by us */
  reset(): void;
  /** it is off or about to be; `reason` in the hypervisor's words: 'guest-shutdown', 'host-qmp-quit', … */
  shutdown(reason: string): void;
}
