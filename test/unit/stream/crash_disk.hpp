// A disk whose power fails: what was not synced is there afterwards in part, in any order, or not
// at all.
#pragma once

#include "io/log/file_system.hpp"

#include <sluice/base/error.hpp>

#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace sluice::test {

/// Works on real files and remembers what of them would survive. Each call that changes something
/// counts; when the power has failed every call fails.
class crash_disk final : public log::file_system {
  public:
    explicit crash_disk(unsigned seed) : random_(seed) {}

    /// The n-th change from now is the last, and is half done; 0: never.
    void fail_at(int n) { left_ = n; }
    bool failed() const { return dark_; }
    int changes() const { return changes_; }

    /// The power is back: the folder becomes what the disk kept.
    void restart() {
        std::map<log::path, std::shared_ptr<content>> kept;
        chosen_.clear();
        lose_directories();
        for (const auto& names : {names_, durable_names_})
            for (const auto& [name, unused] : names)
                choose_name(name, kept);
        for (const auto& [name, unused] : names_)
            std::filesystem::remove(name);
        for (const auto& [name, what] : kept) {
            what->synced = what->survivor(random_);
            what->unsynced.clear();
            std::ofstream(name, std::ios::binary | std::ios::trunc) << what->synced;
        }
        names_ = durable_names_ = kept;
        dark_ = false;
        left_ = 0;
    }

    /// Only the process has died: what it wrote is there, synced or not.
    void revive() {
        for (const auto& [name, what] : names_)
            std::ofstream(name, std::ios::binary | std::ios::trunc) << what->now();
        dark_ = false;
        left_ = 0;
    }

    /// The medium has spoilt a byte of a file; all of it was synced.
    void spoil(const log::path& name, std::size_t at) {
        std::string& bytes = names_.at(name)->synced;
        bytes.at(at) = static_cast<char>(bytes[at] ^ 4);
        std::ofstream(name, std::ios::binary | std::ios::trunc) << bytes;
    }
    /// The file is gone for good.
    void lose(const log::path& name) {
        names_.erase(name);
        durable_names_.erase(name);
        std::filesystem::remove(name);
    }

    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        const std::lock_guard<std::recursive_mutex> hold(busy_);
        const bool fresh = mode == log::open_mode::create && !std::filesystem::exists(name);
        if (dark_ || (fresh && !goes_on())) return dark(name);
        auto real = log::real_files().open(name, mode);
        if (!real) return real.error();
        if (fresh) names_[name] = std::make_shared<content>();
        return std::unique_ptr<log::file>(
            std::make_unique<handle>(*this, std::move(*real), names_[name])
        );
    }
    result<void> rename(const log::path& from, const log::path& to) override {
        const std::lock_guard<std::recursive_mutex> hold(busy_);
        if (!goes_on()) return dark(to);
        names_[to] = names_[from];
        names_.erase(from);
        return log::real_files().rename(from, to);
    }
    result<void> remove(const log::path& name) override {
        const std::lock_guard<std::recursive_mutex> hold(busy_);
        if (!dark_ && !names_.contains(name)) return log::real_files().remove(name); // no change
        if (!goes_on()) return dark(name);
        names_.erase(name);
        return log::real_files().remove(name);
    }
    result<void> sync_directory(const log::path& folder) override {
        const std::lock_guard<std::recursive_mutex> hold(busy_);
        if (!goes_on()) return dark(folder);
        const auto inside = [&folder](const auto& each) {
            return each.first.parent_path() == folder;
        };
        std::erase_if(durable_names_, inside);
        for (const auto& each : names_)
            if (inside(each)) durable_names_.insert(each);
        std::erase_if(new_directories_, [&folder](const log::path& each) {
            return each.parent_path() == folder;
        });
        return result<void>();
    }
    result<void> make_directory(const log::path& name) override {
        const std::lock_guard<std::recursive_mutex> hold(busy_);
        if (!dark_ && std::filesystem::exists(name)) return result<void>(); // no change
        if (!goes_on()) return dark(name);
        auto made = log::real_files().make_directory(name);
        if (made) new_directories_.insert(name);
        return made;
    }
    result<std::string> network_of(const log::path&) override { return std::string(); }
    result<log::disk_room> room_of(const log::path&) override { return log::disk_room(); }
    result<std::vector<std::string>> list(const log::path& name) override {
        const std::lock_guard<std::recursive_mutex> hold(busy_);
        if (dark_) return dark(name);
        return log::real_files().list(name);
    }

  private:
    struct change {
        std::uint64_t at = 0; ///< of a cut: the new size
        std::string bytes;
        bool is_cut = false;
    };

    struct content {
        std::string synced;
        std::vector<change> unsynced;

        static void apply(std::string& to, const change& what) {
            if (what.is_cut) {
                to.resize(what.at);
                return;
            }
            to.resize(std::max<std::size_t>(to.size(), what.at + what.bytes.size()));
            to.replace(what.at, what.bytes.size(), what.bytes);
        }
        std::string now() const {
            std::string all = synced;
            for (const change& each : unsynced)
                apply(all, each);
            return all;
        }
        /// Changes get lost, and of a write each sector may.
        std::string survivor(std::mt19937& random) const {
            constexpr std::size_t sector = 64; // small, as the tests' batches are
            std::string kept = synced;
            const unsigned mercy = random() % 4; // 0: everything unsynced is lost
            for (const change& each : unsynced) {
                if (each.is_cut && random() % 4 < mercy) apply(kept, each);
                for (std::size_t from = 0; from < each.bytes.size(); from += sector) {
                    if (random() % 4 >= mercy) continue;
                    change some;
                    some.at = each.at + from;
                    some.bytes = each.bytes.substr(from, sector);
                    apply(kept, some);
                }
            }
            return kept;
        }
    };

    class handle final : public log::file {
      public:
        handle(crash_disk& disk, std::unique_ptr<log::file> real, std::shared_ptr<content> what)
            : disk_(disk), real_(std::move(real)), what_(std::move(what)) {}
        result<std::size_t> read(std::uint64_t at, bytes_span into) override {
            const std::lock_guard<std::recursive_mutex> hold(disk_.busy_);
            if (disk_.dark_) return disk_.dark(name());
            return real_->read(at, into);
        }
        result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) override {
            const std::lock_guard<std::recursive_mutex> hold(disk_.busy_);
            change made;
            made.at = at;
            for (const bytes_view each : pieces)
                made.bytes += as_text(each);
            const bool whole = disk_.goes_on();
            if (!whole && disk_.died_long_ago_) return disk_.dark(name());
            what_->unsynced.push_back(std::move(made));
            return whole ? real_->write(at, pieces) : result<void>(disk_.dark(name()));
        }
        result<void> sync() override {
            const std::lock_guard<std::recursive_mutex> hold(disk_.busy_);
            if (!disk_.goes_on()) return disk_.dark(name());
            what_->synced = what_->now();
            what_->unsynced.clear();
            return result<void>(); // this disk is only as good as its memory
        }
        result<void> cut(std::uint64_t size) override {
            const std::lock_guard<std::recursive_mutex> hold(disk_.busy_);
            if (!disk_.goes_on()) return disk_.dark(name());
            change made;
            made.at = size;
            made.is_cut = true;
            what_->unsynced.push_back(std::move(made));
            return real_->cut(size);
        }
        result<std::uint64_t> size() override {
            if (disk_.dark_) return disk_.dark(name());
            return real_->size();
        }
        /// What is reserved is no content: a power failure loses nothing of it.
        result<void> reserve(std::uint64_t) override { return result<void>(); }
        void give_back_reserve() override {}
        result<bool> try_lock() override { return real_->try_lock(); }
        result<void> wait_for_lock() override { return real_->wait_for_lock(); }
        /// Nothing becomes durable by it.
        result<void> close() override {
            const std::lock_guard<std::recursive_mutex> hold(disk_.busy_);
            auto closed = real_->close();
            return disk_.dark_ ? result<void>(disk_.dark(name())) : closed;
        }
        result<std::chrono::system_clock::time_point> modified() override {
            return real_->modified();
        }
        const log::path& name() const override { return real_->name(); }
        void is_now(log::path name) override { real_->is_now(std::move(name)); }

      private:
        crash_disk& disk_;
        std::unique_ptr<log::file> real_;
        std::shared_ptr<content> what_;
    };

    bool goes_on() {
        died_long_ago_ = dark_;
        if (dark_) return false;
        ++changes_;
        if (left_ > 0 && --left_ == 0) dark_ = true;
        return !dark_;
    }
    failure dark(const log::path& name) const {
        failure why;
        why.code = errc::io_error;
        why.where = name.string() + ": the power has failed";
        return why;
    }
    /// A directory whose own name was not synced is there with all that is in it, or not at all.
    void lose_directories() {
        for (const log::path& gone : new_directories_) { // the outer ones first
            if (!std::filesystem::exists(gone) || random_() % 2 == 0) continue;
            const auto inside = [&gone](const auto& each) {
                return each.first.string().starts_with(gone.string() + "/");
            };
            std::erase_if(names_, inside);
            std::erase_if(durable_names_, inside);
            std::filesystem::remove_all(gone);
        }
        new_directories_.clear();
    }
    /// A name whose folder was not synced may be there or not, or still mean the file before.
    void choose_name(const log::path& name, std::map<log::path, std::shared_ptr<content>>& kept) {
        if (chosen_.contains(name)) return;
        const bool same = names_.contains(name) == durable_names_.contains(name) &&
                          (!names_.contains(name) || names_[name] == durable_names_[name]);
        const auto& from = same || random_() % 2 == 0 ? names_ : durable_names_;
        chosen_.insert(name);
        if (const auto found = from.find(name); found != from.end())
            kept[name] = std::make_shared<content>(*found->second); // a name is a file of its own
    }

    std::recursive_mutex busy_; ///< syncs come from another thread
    std::mt19937 random_;
    int left_ = 0, changes_ = 0;
    bool dark_ = false, died_long_ago_ = false;
    std::map<log::path, std::shared_ptr<content>> names_, durable_names_;
    std::set<log::path> chosen_, new_directories_;
};

} // namespace sluice::test
