// Which file systems are refused unless they are asked for.
#include "core/network_disks.hpp"

#include <boost/test/unit_test.hpp>

#include <linux/magic.h>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(network_disks)

BOOST_AUTO_TEST_CASE(what_locks_and_syncs_elsewhere_is_known_by_its_number) {
    constexpr std::uint32_t cifs = 0xff534d42, smb2 = 0xfe534d42, fuse = 0x65735546;
    BOOST_TEST(log::network_file_system(NFS_SUPER_MAGIC) == "NFS");
    BOOST_TEST(log::network_file_system(SMB_SUPER_MAGIC) == "SMB");
    BOOST_TEST(log::network_file_system(cifs) == "CIFS");
    BOOST_TEST(log::network_file_system(smb2) == "SMB2");
    BOOST_TEST(log::network_file_system(fuse) == "FUSE");
    BOOST_TEST(log::network_file_system(V9FS_MAGIC) == "9P");
    BOOST_TEST(log::network_file_system(AFS_FS_MAGIC) == "AFS");
    BOOST_TEST(log::network_file_system(CODA_SUPER_MAGIC) == "Coda");
}

BOOST_AUTO_TEST_CASE(disks_of_this_machine_are_none) {
    constexpr std::uint32_t xfs = 0x58465342, zfs = 0x2fc12fc1;
    const std::uint32_t local[] = {
        EXT4_SUPER_MAGIC,
        BTRFS_SUPER_MAGIC,
        TMPFS_MAGIC,
        OVERLAYFS_SUPER_MAGIC,
        F2FS_SUPER_MAGIC,
        xfs,
        zfs,
        0};
    for (const std::uint32_t each : local)
        BOOST_TEST(log::network_file_system(each).empty(), each);
}

BOOST_AUTO_TEST_SUITE_END()
