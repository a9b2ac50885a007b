// simulation: SQLite's files, on the disk of the machine whose process runs.
#include "sqlite_files.hpp"

#include "virtual_time.hpp"

#include <sqlite3.h>

#include <array>
#include <cstring>
#include <new>

namespace sluice::simulation {

namespace {

machine_disk* (*disk_of)(const std::string& name) = nullptr;

/// What the connections to one database share: locks, and the memory in which SQLite keeps the
/// index of its write-ahead log. It goes with the last connection, as a process's memory does.
struct shared_file {
    int readers = 0;
    const void* reserved = nullptr;
    const void* exclusive = nullptr;
    const void* pending = nullptr;
    std::vector<std::unique_ptr<std::array<char, 32768>>> memory;
    std::array<int, SQLITE_SHM_NLOCK> shared_slots{};
    std::array<const void*, SQLITE_SHM_NLOCK> exclusive_slots{};
};

std::map<const disk_content*, std::weak_ptr<shared_file>>& all_shared() {
    static std::map<const disk_content*, std::weak_ptr<shared_file>> all;
    return all;
}

std::shared_ptr<shared_file> shared_of(const disk_content* what) {
    auto& known = all_shared()[what];
    auto found = known.lock();
    if (!found) known = found = std::make_shared<shared_file>();
    return found;
}

struct open_database {
    std::shared_ptr<life> whose;
    std::shared_ptr<disk_content> what;
    std::shared_ptr<shared_file> shared;
    int level = SQLITE_LOCK_NONE;
    std::array<bool, SQLITE_SHM_NLOCK> shares{};

    bool dead() const { return whose && whose->dead(); }
    /// True: the process is dead, now or since long.
    bool step(const char* at) const {
        if (whose && !whose->dead()) whose->step(at);
        return dead();
    }
};

struct file_handle : sqlite3_file {
    open_database* of;
};

open_database& at(sqlite3_file* file) {
    return *static_cast<file_handle*>(file)->of;
}

int unlock_to(sqlite3_file* file, int level) {
    open_database& db = at(file);
    shared_file& all = *db.shared;
    if (level < SQLITE_LOCK_RESERVED && all.reserved == &db) all.reserved = nullptr;
    if (level < SQLITE_LOCK_PENDING && all.pending == &db) all.pending = nullptr;
    if (level < SQLITE_LOCK_EXCLUSIVE && all.exclusive == &db) all.exclusive = nullptr;
    if (level < SQLITE_LOCK_SHARED && db.level >= SQLITE_LOCK_SHARED) --all.readers;
    if (level < db.level) db.level = level;
    return SQLITE_OK;
}

int lock_to(sqlite3_file* file, int level) {
    open_database& db = at(file);
    shared_file& all = *db.shared;
    if (level <= db.level) return SQLITE_OK;
    const auto others = [&db](const void* who) { return who && who != &db; };
    if (db.level < SQLITE_LOCK_SHARED) {
        if (others(all.exclusive) || others(all.pending)) return SQLITE_BUSY;
        ++all.readers;
        db.level = SQLITE_LOCK_SHARED;
    }
    if (level >= SQLITE_LOCK_RESERVED) {
        if (others(all.reserved) || others(all.pending) || others(all.exclusive))
            return SQLITE_BUSY;
        all.reserved = &db;
        db.level = SQLITE_LOCK_RESERVED;
    }
    if (level >= SQLITE_LOCK_EXCLUSIVE) {
        all.pending = &db;
        db.level = SQLITE_LOCK_PENDING;
        if (all.readers > 1) return SQLITE_BUSY;
        all.exclusive = &db;
        db.level = SQLITE_LOCK_EXCLUSIVE;
    }
    return SQLITE_OK;
}

int unshare(sqlite3_file* file, int) {
    open_database& db = at(file);
    for (std::size_t n = 0; n < SQLITE_SHM_NLOCK; ++n) {
        if (db.shares[n]) --db.shared->shared_slots[n];
        db.shares[n] = false;
        if (db.shared->exclusive_slots[n] == &db) db.shared->exclusive_slots[n] = nullptr;
    }
    return SQLITE_OK;
}

int lock_slots(sqlite3_file* file, int first, int count, int how) {
    open_database& db = at(file);
    shared_file& all = *db.shared;
    for (int pass = 0; pass < 2; ++pass) {
        for (int n = first; n < first + count; ++n) {
            const auto slot = static_cast<std::size_t>(n);
            const void*& owner = all.exclusive_slots[slot];
            if (how & SQLITE_SHM_UNLOCK) {
                if (db.shares[slot] && (how & SQLITE_SHM_SHARED)) {
                    if (pass == 0) continue;
                    --all.shared_slots[slot];
                    db.shares[slot] = false;
                }
                if ((how & SQLITE_SHM_EXCLUSIVE) && owner == &db) owner = nullptr;
                continue;
            }
            const int others = all.shared_slots[slot] - (db.shares[slot] ? 1 : 0);
            if (owner && owner != &db) return SQLITE_BUSY;
            if ((how & SQLITE_SHM_EXCLUSIVE) && others > 0) return SQLITE_BUSY;
            if (pass == 0) continue;
            if (how & SQLITE_SHM_EXCLUSIVE)
                owner = &db;
            else if (!db.shares[slot]) {
                db.shares[slot] = true;
                ++all.shared_slots[slot];
            }
        }
    }
    return SQLITE_OK;
}

const sqlite3_io_methods methods = [] {
    sqlite3_io_methods m{};
    m.iVersion = 2;
    m.xClose = [](sqlite3_file* file) {
        unshare(file, 0);
        unlock_to(file, SQLITE_LOCK_NONE);
        delete static_cast<file_handle*>(file)->of;
        return SQLITE_OK;
    };
    m.xRead = [](sqlite3_file* file, void* to, int count, sqlite3_int64 from) {
        if (at(file).dead()) return SQLITE_IOERR_READ;
        const std::string& now = at(file).what->now;
        const auto first = std::min(static_cast<std::size_t>(from), now.size());
        const auto size = std::min(static_cast<std::size_t>(count), now.size() - first);
        std::memcpy(to, now.data() + first, size);
        if (size == static_cast<std::size_t>(count)) return SQLITE_OK;
        std::memset(static_cast<char*>(to) + size, 0, static_cast<std::size_t>(count) - size);
        return SQLITE_IOERR_SHORT_READ;
    };
    m.xWrite = [](sqlite3_file* file, const void* bytes, int count, sqlite3_int64 to) {
        if (at(file).step("journal write")) return SQLITE_IOERR_WRITE;
        at(file).what->write(
            static_cast<std::uint64_t>(to),
            std::string_view(static_cast<const char*>(bytes), static_cast<std::size_t>(count))
        );
        return SQLITE_OK;
    };
    m.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
        if (at(file).step("journal cut")) return SQLITE_IOERR_TRUNCATE;
        at(file).what->cut(static_cast<std::uint64_t>(size));
        return SQLITE_OK;
    };
    m.xSync = [](sqlite3_file* file, int) {
        if (at(file).step("journal sync")) return SQLITE_IOERR_FSYNC;
        at(file).what->sync();
        return SQLITE_OK;
    };
    m.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
        if (at(file).dead()) return SQLITE_IOERR_FSTAT;
        *size = static_cast<sqlite3_int64>(at(file).what->now.size());
        return SQLITE_OK;
    };
    m.xLock = [](sqlite3_file* file, int level) { return lock_to(file, level); };
    m.xUnlock = [](sqlite3_file* file, int level) { return unlock_to(file, level); };
    m.xCheckReservedLock = [](sqlite3_file* file, int* held) {
        *held = at(file).shared->reserved != nullptr;
        return SQLITE_OK;
    };
    m.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    m.xSectorSize = [](sqlite3_file*) { return 512; };
    m.xDeviceCharacteristics = [](sqlite3_file*) { return 0; };
    m.xShmMap = [](sqlite3_file* file, int region, int, int extend, void volatile** to) {
        auto& memory = at(file).shared->memory;
        *to = nullptr;
        if (memory.size() <= static_cast<std::size_t>(region)) {
            if (!extend) return SQLITE_OK;
            while (memory.size() <= static_cast<std::size_t>(region))
                memory.push_back(std::make_unique<std::array<char, 32768>>());
        }
        *to = memory[static_cast<std::size_t>(region)]->data();
        return SQLITE_OK;
    };
    m.xShmLock = [](sqlite3_file* file, int first, int count, int how) {
        return lock_slots(file, first, count, how);
    };
    m.xShmBarrier = [](sqlite3_file*) {};
    m.xShmUnmap = [](sqlite3_file* file, int forget) {
        unshare(file, 0);
        if (forget) at(file).shared->memory.clear();
        return SQLITE_OK;
    };
    return m;
}();

int open_one(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* got) {
    auto* const handle = static_cast<file_handle*>(file);
    handle->pMethods = nullptr;
    auto db = std::make_unique<open_database>();
    if (current_life()) db->whose = current_life()->shared_from_this();
    if (db->dead()) return SQLITE_CANTOPEN;
    if (name) {
        auto& content = disk_of(name)->files[name];
        if (!content) content = std::make_shared<disk_content>();
        disk_of(name)->durable[name] = content; // SQLite syncs the folder of what it creates
        db->what = content;
    } else {
        db->what = std::make_shared<disk_content>();
    }
    db->shared = shared_of(db->what.get());
    handle->of = db.release();
    handle->pMethods = &methods;
    if (got) *got = flags;
    return SQLITE_OK;
}

sqlite3_vfs* make_files() {
    static sqlite3_vfs vfs{};
    vfs.iVersion = 2;
    vfs.szOsFile = sizeof(file_handle);
    vfs.mxPathname = 512;
    vfs.zName = "simulated";
    vfs.xOpen = [](sqlite3_vfs* of, const char* name, sqlite3_file* file, int flags, int* got) {
        return open_one(of, name, file, flags, got);
    };
    vfs.xDelete = [](sqlite3_vfs*, const char* name, int) {
        if (life* const now = current_life()) {
            if (!now->dead()) now->step("journal remove");
            if (now->dead()) return SQLITE_IOERR_DELETE;
        }
        machine_disk& disk = *disk_of(name);
        if (disk.files.erase(name) == 0) return SQLITE_IOERR_DELETE_NOENT;
        disk.durable.erase(name);
        return SQLITE_OK;
    };
    vfs.xAccess = [](sqlite3_vfs*, const char* name, int, int* there) {
        *there = disk_of(name)->files.count(name) > 0;
        return SQLITE_OK;
    };
    vfs.xFullPathname = [](sqlite3_vfs*, const char* name, int size, char* to) {
        std::strncpy(to, name, static_cast<std::size_t>(size) - 1);
        to[size - 1] = '\0';
        return SQLITE_OK;
    };
    vfs.xRandomness = [](sqlite3_vfs*, int size, char* to) {
        std::memset(to, 42, static_cast<std::size_t>(size));
        return size;
    };
    vfs.xSleep = [](sqlite3_vfs*, int micros) { return micros; };
    vfs.xCurrentTime = [](sqlite3_vfs*, double* to) {
        *to = 2460000.0;
        return SQLITE_OK;
    };
    vfs.xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* to) {
        *to = sqlite3_int64{2460000} * 86'400'000;
        return SQLITE_OK;
    };
    vfs.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
    return &vfs;
}

} // namespace

void give_sqlite_disks(machine_disk* (*which)(const std::string& name)) {
    const bool first = !disk_of;
    disk_of = which;
    all_shared().clear();
    if (!first) return;
    // One thread, and nobody asks how much memory is used.
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_vfs_register(make_files(), 1);
}

} // namespace sluice::simulation
