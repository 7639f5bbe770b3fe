/**
 * A filter of system calls for edited programs, as the bytes that bubblewrap's --seccomp reads. It refuses what no training
 * needs and what reaches into the kernel or into other processes: new namespaces, mounts, tracing, keys, BPF, io_uring.
 */
import { endianness } from 'node:os'

interface Architecture {
  /** AUDIT_ARCH_… of linux/audit.h. */
  readonly audit: number
  /** Numbers of the calls that are refused with EPERM. */
  readonly refused: readonly number[]
  readonly clone: number
}

// linux/seccomp.h, linux/bpf_common.h
const [ALLOW, KILL, ERRNO] = [0x7fff0000, 0x80000000, 0x00050000]
const [LOAD, EQUAL, ANY_BIT, GREATER, RETURN] = [0x20, 0x15, 0x45, 0x25, 0x06]
const [NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT] = [0, 4, 16]
const [EPERM, ENOSYS] = [1, 38]
/** CLONE_NEW… of linux/sched.h: cgroup, uts, ipc, user, pid, net, mount and time namespaces. */
const NEW_NAMESPACES = 0x7e020000
/** The same number on every architecture; without it glibc falls back to clone, whose flags a filter can read. */
const CLONE3 = 435
/** Calls of x86-64 with 32-bit pointers have this bit. */
const X32 = 0x40000000

/** From 424 on calls have one number on all architectures: pidfd_send_signal, io_uring, open_tree … fspick, pidfd_getfd, mount_setattr, open_tree_attr. */
const REFUSED_EVERYWHERE = [424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 467]

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    // ptrace, pivot_root, chroot, mount, umount2, swapon, swapoff, reboot, init_module, delete_module, add_key,
    // request_key, keyctl, unshare, perf_event_open, fanotify_init, name_to_handle_at, open_by_handle_at, setns,
    // process_vm_readv, process_vm_writev, kcmp, finit_module, kexec_file_load, bpf, userfaultfd, kexec_load
    refused: [
      101, 155, 161, 165, 166, 167, 168, 169, 175, 176, 248, 249, 250, 272, 298, 300, 303, 304, 308, 310, 311,
      312, 313, 320, 321, 323, 246,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    refused: [
      117, 41, 51, 40, 39, 224, 225, 142, 105, 106, 217, 218, 219, 97, 241, 262, 264, 265, 268, 270, 271, 272,
      273, 294, 280, 282, 104,
    ],
  },
}

/** Undefined on an architecture whose numbers are not known here. */
export function systemCallFilter(architecture: string = process.arch): Buffer | undefined {
  const known = ARCHITECTURES[architecture]
  if (known === undefined || endianness() !== 'LE') return undefined
  const refused = [...known.refused, ...REFUSED_EVERYWHERE]
  return encode([
    [LOAD, 0, 0, ARCHITECTURE_AT],
    [EQUAL, 1, 0, known.audit],
    [RETURN, 0, 0, KILL],
    [LOAD, 0, 0, NUMBER_AT],
    [GREATER, 0, 1, X32 - 1],
    [RETURN, 0, 0, ERRNO | EPERM],
    ...refused.flatMap((call): Instruction[] => [
      [EQUAL, 0, 1, call],
      [RETURN, 0, 0, ERRNO | EPERM],
    ]),
    [EQUAL, 0, 1, CLONE3],
    [RETURN, 0, 0, ERRNO | ENOSYS],
    [EQUAL, 0, 3, known.clone],
    [LOAD, 0, 0, FIRST_ARGUMENT_AT],
    [ANY_BIT, 0, 1, NEW_NAMESPACES],
    [RETURN, 0, 0, ERRNO | EPERM],
    [RETURN, 0, 0, ALLOW],
  ])
}

/** Code, steps to jump where it is true and where it is not, and the operand: struct sock_filter. */
type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number]

function encode(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * instructions.length)
  instructions.forEach(([code, ifTrue, ifFalse, operand], i) => {
    bytes.writeUInt16LE(code, 8 * i)
    bytes.writeUInt8(ifTrue, 8 * i + 2)
    bytes.writeUInt8(ifFalse, 8 * i + 3)
    bytes.writeUInt32LE(operand >>> 0, 8 * i + 4)
  })
  return bytes
}
