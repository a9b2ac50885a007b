// The log's files in memory, for tests that open a partition many thousand times.
#pragma once

#include "io/log/file_system.hpp"

#include <sluice/base/error.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::test {

/// Folders need not be made. Remembers the largest single reading.
class memory_files final : public log::file_system {
  public:
    std::string& operator[](const log::path& name) {
        auto& content = files_[name];
        if (!content) content = std::make_shared<std::string>();
        return *content;
    }
    void clear() { files_.clear(); }
    std::size_t largest_read = 0;

    result<std::unique_ptr<log::file>> open(const log::path& name, log::open_mode mode) override {
        if (mode != log::open_mode::create && !files_.contains(name)) return not_there(name);
        (*this)[name];
        return std::unique_ptr<log::file>(std::make_unique<handle>(*this, name, files_[name]));
    }
    result<void> rename(const log::path& from, const log::path& to) override {
        if (!files_.contains(from)) return not_there(from);
        files_[to] = std::exchange(files_[from], nullptr);
        files_.erase(from);
        return result<void>();
    }
    result<void> remove(const log::path& name) override {
        return files_.erase(name) > 0 ? result<void>() : result<void>(not_there(name));
    }
    result<void> sync_directory(const log::path&) override { return result<void>(); }
    result<void> make_directory(const log::path&) override { return result<void>(); }
    result<std::string> network_of(const log::path&) override { return std::string(); }
    result<log::disk_room> room_of(const log::path&) override { return log::disk_room(); }
    result<std::vector<std::string>> list(const log::path& name) override {
        std::vector<std::string> names;
        for (const auto& [each, content] : files_)
            if (each.parent_path() == name) names.push_back(each.filename());
        return names;
    }

  private:
    static failure not_there(const log::path& name) {
        failure why;
        why.code = errc::not_found;
        why.where = name.string();
        return why;
    }

    class handle final : public log::file {
      public:
        handle(memory_files& of, log::path name, std::shared_ptr<std::string> content)
            : of_(of), name_(std::move(name)), content_(std::move(content)) {}
        result<std::size_t> read(std::uint64_t at, bytes_span into) override {
            of_.largest_read = std::max(of_.largest_read, into.size());
            if (at >= content_->size()) return std::size_t{0};
            const std::size_t size = std::min<std::size_t>(into.size(), content_->size() - at);
            std::copy_n(
                as_bytes(*content_).begin() + static_cast<std::ptrdiff_t>(at), size, into.begin()
            );
            return size;
        }
        result<void> write(std::uint64_t at, std::span<const bytes_view> pieces) override {
            for (const bytes_view& each : pieces) {
                if (content_->size() < at + each.size()) content_->resize(at + each.size());
                content_->replace(at, each.size(), as_text(each));
                at += each.size();
            }
            return result<void>();
        }
        result<void> sync() override { return result<void>(); }
        result<void> cut(std::uint64_t size) override {
            content_->resize(size);
            return result<void>();
        }
        result<std::uint64_t> size() override { return content_->size(); }
        result<void> reserve(std::uint64_t) override { return result<void>(); }
        void give_back_reserve() override {}
        result<bool> try_lock() override { return true; }
        result<void> wait_for_lock() override { return result<void>(); }
        result<void> close() override { return result<void>(); }
        result<std::chrono::system_clock::time_point> modified() override {
            return std::chrono::system_clock::time_point();
        }
        const log::path& name() const override { return name_; }
        void is_now(log::path name) override { name_ = std::move(name); }

      private:
        memory_files& of_;
        log::path name_;
        std::shared_ptr<std::string> content_;
    };

    std::map<log::path, std::shared_ptr<std::string>> files_;
};

} // namespace sluice::test
