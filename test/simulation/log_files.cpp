// simulation: the log's files of one process, on the disk of its machine.
#include "log_files.hpp"

#include <sluice/base/error.hpp>

#include <algorithm>
#include <chrono>
#include <set>

namespace sluice::simulation {

namespace {

failure disk_failure(const log::path& name, errc code, const char* how) {
    failure why;
    why.code = code;
    why.where = name.string() + ": " + how;
    return why;
}

failure killed(const log::path& name) {
    return disk_failure(name, errc::io_error, "the process is dead");
}

class open_file final : public log::file {
  public:
    open_file(std::shared_ptr<life> whose, log::path name, std::shared_ptr<disk_content> what)
        : whose_(std::move(whose)), name_(std::move(name)), what_(std::move(what)) {}
    ~open_file() override { let_go(); }

    result<std::size_t> read(std::uint64_t at, bytes_span into) override {
        if (whose_->dead()) return killed(name_);
        if (at >= what_->now.size()) return std::size_t{0};
        const std::size_t size = std::min<std::size_t>(into.size(), what_->now.size() - at);
        std::copy_n(
            as_bytes(what_->now).begin() + static_cast<std::ptrdiff_t>(at), size, into.begin()
        );
        return size;
    }
    result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) override {
        if (whose_->dead()) return killed(name_);
        std::string all;
        for (const bytes_view each : pieces)
            all += as_text(each);
        whose_->step("log write");
        // Killed in the middle of it: some of the bytes have come.
        if (whose_->dead()) all.resize(system_half(all.size()));
        what_->write(at, all);
        return whose_->dead() ? result<void>(killed(name_)) : result<void>();
    }
    result<void> sync() override {
        if (dead("log sync")) return killed(name_);
        what_->sync();
        return result<void>();
    }
    result<void> cut(std::uint64_t size) override {
        if (dead("log cut")) return killed(name_);
        what_->cut(size);
        return result<void>();
    }
    result<std::uint64_t> size() override {
        if (whose_->dead()) return killed(name_);
        return what_->now.size();
    }
    result<void> reserve(std::uint64_t) override { return result<void>(); }
    void give_back_reserve() override {}
    result<bool> try_lock() override {
        if (what_->locked_by && what_->locked_by != this) return false;
        what_->locked_by = this;
        return true;
    }
    result<void> wait_for_lock() override {
        auto taken = try_lock();
        if (*taken) return result<void>();
        return disk_failure(name_, errc::io_error, "would wait for ever");
    }
    result<void> close() override {
        let_go();
        return whose_->dead() ? result<void>(killed(name_)) : result<void>();
    }
    result<std::chrono::system_clock::time_point> modified() override {
        return std::chrono::system_clock::now();
    }
    const log::path& name() const override { return name_; }
    void is_now(log::path name) override { name_ = std::move(name); }

  private:
    void let_go() {
        if (what_->locked_by == this) what_->locked_by = nullptr;
    }
    static std::size_t system_half(std::size_t size) { return size / 2; }
    bool dead(const char* at) {
        if (!whose_->dead()) whose_->step(at);
        return whose_->dead();
    }

    std::shared_ptr<life> whose_;
    log::path name_;
    std::shared_ptr<disk_content> what_;
};

} // namespace

bool log_files::dead(const char* at) {
    if (!whose_->dead()) whose_->step(at);
    return whose_->dead();
}

result<std::unique_ptr<log::file>> log_files::open(const log::path& name, log::open_mode mode) {
    if (whose_->dead()) return killed(name);
    const auto found = on_.files.find(name.string());
    if (found == on_.files.end()) {
        if (mode != log::open_mode::create)
            return disk_failure(name, errc::not_found, "no such file");
        if (dead("log create")) return killed(name);
    }
    auto& content = on_.files[name.string()];
    if (!content) content = std::make_shared<disk_content>();
    return std::unique_ptr<log::file>(std::make_unique<open_file>(whose_, name, content));
}

result<void> log_files::rename(const log::path& from, const log::path& to) {
    if (dead("log rename")) return killed(from);
    const auto found = on_.files.find(from.string());
    if (found == on_.files.end()) return disk_failure(from, errc::not_found, "no such file");
    on_.files[to.string()] = found->second;
    on_.files.erase(from.string());
    return result<void>();
}

result<void> log_files::remove(const log::path& name) {
    if (dead("log remove")) return killed(name);
    if (on_.files.erase(name.string()) == 0)
        return disk_failure(name, errc::not_found, "no such file");
    return result<void>();
}

result<void> log_files::sync_directory(const log::path& name) {
    if (dead("log folder sync")) return killed(name);
    on_.sync_folder(name.string());
    return result<void>();
}

result<std::vector<std::string>> log_files::list(const log::path& name) {
    if (whose_->dead()) return killed(name);
    const std::string folder = name.string() + "/";
    std::set<std::string> names;
    for (auto each = on_.files.lower_bound(folder);
         each != on_.files.end() && each->first.starts_with(folder);
         ++each)
        names.insert(
            each->first.substr(folder.size()).substr(0, each->first.substr(folder.size()).find('/'))
        );
    return std::vector<std::string>(names.begin(), names.end());
}

} // namespace sluice::simulation
