// SPDX-License-Identifier: BSD-2-Clause
/* Qt Test: functions, rows of data, a skip, a last function that releases what a test holds. */
#include <QtTest/QtTest>

#include "body.h"

class Demo : public QObject {
	Q_OBJECT
private slots:
	void clean() { body_clean(); }
	void leaks() { body_leak(3, 100); }
	void fails()
	{
		body_leak(1, 70);
		QCOMPARE(1, 2);
	}
	void holds() { body_hold(); }
	void gives() { body_give(); }
	void takes() { body_take(); }
	void opens() { body_open(); }
	void threads() { body_thread(); }
	void skips() { QSKIP("meant to"); }
	void rows_data()
	{
		QTest::addColumn<int>("bytes");
		QTest::newRow("one") << 10;
		QTest::newRow("row two") << 20;
	}
	void rows()
	{
		QFETCH(int, bytes);
		body_leak(1, (size_t)bytes);
	}
	void crashes() { body_crash(); }
	void cleanupTestCase() { body_release(); }
};

QTEST_APPLESS_MAIN(Demo)
#include "qt.moc"
