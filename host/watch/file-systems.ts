/**
 * File systems on which other machines, or programs behind the kernel's back, change files: the kernel has no events for
 * that. Numbers are f_type of statfs(2): `<linux/magic.h>` where it has them, else the source that is named.
 */

/** Linux: magic number → name. */
export const WITHOUT_EVENTS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  // fs/smb/common/smb2pdu.h, fs/smb/client/cifsfs.c
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'kAFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  // include/linux/ceph/ceph_fs.h
  [0x00c36400, 'Ceph'],
  [0x7461636f, 'OCFS2'],
  // include/uapi/linux/gfs2_ondisk.h
  [0x01161970, 'GFS2'],
  // Lustre: lustre_user.h; GPFS: coreutils' src/stat.c, as BeeGFS and Parallels
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x19830326, 'BeeGFS'],
  [0x7c7c6673, 'Parallels shared folders'],
  // fs/vboxsf/super.c
  [0x786f4256, 'VirtualBox shared folders'],
  // open-vm-tools, vmhgfs
  [0xbacbacbc, 'VMware shared folders'],
]);

/** FUSE_SUPER_MAGIC: also virtiofs (fs/fuse/virtio_fs.c has FUSE's super operations) and fuseblk. */
export const FUSE = 0x65735546;

/** Type of FUSE on a block device of this machine (ntfs-3g): nobody else changes it. */
export const FUSE_ON_BLOCK_DEVICE = 'fuseblk';
