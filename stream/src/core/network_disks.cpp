// stream: which file systems are not a disk of this machine.
#include "network_disks.hpp"

#include <utility>

namespace sluice::log {

namespace {

/// As linux/magic.h has them, and the sources of those that are not in it.
constexpr std::pair<std::uint32_t, std::string_view> known[] = {
    {0x6969, "NFS"},
    {0x517b, "SMB"},
    {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB2"},
    {0x65735546, "FUSE"},
    {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},
    {0x00c36400, "CephFS"},
    {0x01021997, "9P"},
    {0x0bd00bd0, "Lustre"},
    {0x19830326, "BeeGFS"},
    {0x20030528, "OrangeFS"},
    {0x73757245, "Coda"},
    {0x564c, "NCP"},
    {0x786f4256, "VirtualBox"},
    {0xbacbacbc, "VMware"},
};

} // namespace

std::string_view network_file_system(std::uint32_t type) {
    for (const auto& [number, name] : known)
        if (number == type) return name;
    return std::string_view();
}

} // namespace sluice::log
