// tools: which machine this is, for the record of a measurement.
#include "machine.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include <sys/utsname.h>
#include <unistd.h>

namespace sluice::command {

namespace {

/// The value behind `name` in a file of lines "name : value".
std::string value_in(const char* path, const std::string& name) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(": ");
        if (line.starts_with(name) && colon != std::string::npos) return line.substr(colon + 2);
    }
    return std::string();
}

} // namespace

machine_facts describe_machine() {
    machine_facts here;
    here.processor = value_in("/proc/cpuinfo", "model name");
    if (here.processor.empty()) here.processor = "unknown processor";
    here.cores = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        here.memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
    utsname names{};
    if (::uname(&names) == 0)
        here.system = std::string(names.sysname) + " " + names.release + " " + names.machine;
    double load = 0;
    if (::getloadavg(&load, 1) == 1) here.load = load;
    return here;
}

} // namespace sluice::command
