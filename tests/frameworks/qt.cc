// SPDX-License-Identifier: BSD-2-Clause
/* Qt Test: functions, rows of data, a skip. */
#include <QtTest/QtTest>

#include "body.h"

class Demo : public QObject {
	Q_OBJECT
private slots:
	void clean() { body_clean(); }
	void leaks() { body_leak(3, 100); }
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
};

QTEST_APPLESS_MAIN(Demo)
#include "qt.moc"
