/**
 * What a process costs, as the kernel counts it: CPU time (utime + stime of all its threads) and resident memory, with
 * its child processes (nginx works in a worker).
 * Source: proc(5), /proc/PID/stat fields 14 and 15, /proc/PID/statm field 2, /proc/PID/task/TID/children.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

export interface ProcessCost {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** @throws when the process is gone. */
export function processCost(pid: number): ProcessCost {
  let cpuMs = 0;
  let rssBytes = 0;
  for (const member of processTree(pid)) {
    const stat = readFileSync(`/proc/${member}/stat`, 'latin1');
    // The command, field 2, stands in brackets and may hold spaces: count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [utime, stime] = [fields[14 - 3], fields[15 - 3]].map(Number);
    cpuMs += (((utime ?? 0) + (stime ?? 0)) * 1000) / TICKS_PER_SECOND;
    const resident = readFileSync(`/proc/${member}/statm`, 'latin1').split(' ')[1];
    rssBytes += Number(resident) * PAGE_BYTES;
  }
  return { cpuMs, rssBytes };
}

/** CPU time of all programs of the machine since it started: /proc/stat, `user`, `nice` and `system` of all cores. */
export function machineCpuMs(): number {
  const [, user, nice, system] = readFileSync('/proc/stat', 'latin1').split(/\s+/, 4).map(Number);
  return (((user ?? 0) + (nice ?? 0) + (system ?? 0)) * 1000) / TICKS_PER_SECOND;
}

function processTree(pid: number): number[] {
  const members = [pid];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim();
    if (children !== '') members.push(...children.split(' ').flatMap((child) => processTree(Number(child))));
  }
  return members;
}
