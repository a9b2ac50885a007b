// simulation: a disk in memory that knows what a power failure would leave of it.
#include "disk.hpp"

#include <algorithm>

namespace sluice::simulation {

namespace {

constexpr std::size_t sector = 512;

std::string parent_of(const std::string& name) {
    return name.substr(0, name.find_last_of('/'));
}

} // namespace

void disk_content::write(std::uint64_t at, std::string_view bytes) {
    change made;
    made.at = at;
    made.size_before = now.size();
    if (at < now.size()) made.before = now.substr(at, bytes.size());
    made.after = bytes;
    unsynced_.push_back(std::move(made));
    if (now.size() < at + bytes.size()) now.resize(at + bytes.size());
    now.replace(at, bytes.size(), bytes);
}

void disk_content::cut(std::uint64_t size) {
    change made;
    made.at = size;
    made.size_before = now.size();
    if (size < now.size()) made.before = now.substr(size);
    made.is_cut = true;
    unsynced_.push_back(std::move(made));
    now.resize(size);
}

void disk_content::lose(std::mt19937_64& random) {
    const std::vector<change> all = std::move(unsynced_);
    unsynced_.clear();
    for (auto each = all.rbegin(); each != all.rend(); ++each) {
        now.resize(each->size_before);
        if (!each->before.empty()) now.replace(each->at, each->before.size(), each->before);
    }
    const unsigned mercy = random() % 4; // 0: everything unsynced is lost
    for (const change& each : all) {
        if (each.is_cut && random() % 4 < mercy) now.resize(each.at);
        for (std::size_t from = 0; from < each.after.size(); from += sector) {
            if (random() % 4 >= mercy) continue;
            const std::string some = each.after.substr(from, sector);
            const std::size_t at = each.at + from;
            if (now.size() < at + some.size()) now.resize(at + some.size());
            now.replace(at, some.size(), some);
        }
    }
}

void machine_disk::sync_folder(const std::string& folder) {
    std::erase_if(durable, [&](const auto& each) { return parent_of(each.first) == folder; });
    for (const auto& each : files)
        if (parent_of(each.first) == folder) durable.insert(each);
}

void machine_disk::fail_power(std::mt19937_64& random) {
    names all = durable;
    all.insert(files.begin(), files.end());
    names kept;
    for (const auto& [name, unused] : all) {
        // A name whose folder was not synced may be there or not, or still mean the file before.
        const names& from = random() % 2 == 0 ? files : durable;
        const auto found = from.find(name);
        if (found == from.end()) continue;
        kept[name] = std::make_shared<disk_content>(*found->second);
        kept[name]->locked_by = nullptr;
        kept[name]->lose(random);
    }
    files = durable = kept;
}

machine_disk machine_disk::copy() const {
    machine_disk other;
    for (const auto& [name, what] : files) {
        other.files[name] = std::make_shared<disk_content>(*what);
        other.files[name]->locked_by = nullptr;
    }
    other.durable = other.files;
    return other;
}

} // namespace sluice::simulation
